import { validationError } from './aws-error.js';
import type { Request } from './exchange.js';

/** The parameters of a Query request, or of one structure inside it. */
export class QueryInput {
  readonly #values: ReadonlyMap<string, string>;
  readonly #prefix: string;

  constructor(values: ReadonlyMap<string, string>, prefix = '') {
    this.#values = values;
    this.#prefix = prefix;
  }

  /** Parameters come in the body of a POST and in the URL; the body wins. */
  static of(request: Request): QueryInput {
    const form = new URLSearchParams(request.body.toString('utf8'));
    return new QueryInput(new Map([...request.query, ...form]));
  }

  text(name: string): string | undefined {
    return this.#values.get(this.#prefix + name);
  }

  /** A text that has to be there. */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') {
      throw validationError(
        `1 validation error detected: Value null at '${memberName(name)}' failed to satisfy constraint: Member must not be null`,
      );
    }
    return value;
  }

  integer(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^-?\d+$/.test(value)) throw validationError(`${name} must be an integer`);
    return Number(value);
  }

  flag(name: string): boolean {
    return this.text(name)?.toLowerCase() === 'true';
  }

  /** The texts of a list: `Name.member.1`, `Name.member.2`, … */
  texts(name: string): string[] {
    return this.#indexes(name, 'member').flatMap((key) => this.#values.get(key) ?? []);
  }

  /** The structures of a list, or of a map whose items are called `entry`. */
  list(name: string, item = 'member'): QueryInput[] {
    return this.#indexes(name, item).map((key) => new QueryInput(this.#values, `${key}.`));
  }

  #indexes(name: string, item: string): string[] {
    const start = `${this.#prefix}${name}.${item}.`;
    const indexes = new Set<number>();
    for (const key of this.#values.keys()) {
      if (key.startsWith(start)) indexes.add(Number.parseInt(key.slice(start.length), 10));
    }
    return [...indexes].sort((a, b) => a - b).map((index) => `${start}${index}`);
  }
}

/** `RoleArn` as AWS's validation messages write it: `roleArn`. */
export function memberName(name: string): string {
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}
