import { nameSuffix } from '../identity/unique-id.js';
import { isList, isObject, type Json, type JsonObject } from '../wire/json.js';
import { ResourceFailure, type ResourceType } from './resource-type.js';
import type { Stack, StackResource } from './stack.js';

/** Throws `ResourceFailure` if a property is missing or unknown to the type. */
export function checkProperties(type: ResourceType, logicalId: string, properties: JsonObject): void {
  const extra = Object.keys(properties).find((name) => type.properties?.includes(name) === false);
  const missing = type.required.find((name) => properties[name] === undefined);
  if (extra !== undefined) throw invalid(logicalId, `extraneous key [${extra}] is not permitted`);
  if (missing !== undefined) throw invalid(logicalId, `required key [${missing}] not found`);
}

/** The properties of a resource, read by kind. */
export class Properties {
  readonly #values: JsonObject;
  readonly #logicalId: string;

  constructor(resource: StackResource) {
    this.#values = resource.properties;
    this.#logicalId = resource.planned.declaration.logicalId;
  }

  raw(name: string): Json | undefined {
    return this.#values[name];
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    if (typeof value === 'object') throw invalid(this.#logicalId, `/${name}: expected type: String`);
    return String(value);
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw invalid(this.#logicalId, `required key [${name}] not found`);
    return value;
  }

  number(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (Number.isNaN(Number(value))) throw invalid(this.#logicalId, `/${name}: expected type: Integer`);
    return Number(value);
  }

  texts(name: string): string[] {
    return this.#list(name).map((value) => {
      if (typeof value === 'object') throw invalid(this.#logicalId, `/${name}: expected type: String`);
      return String(value);
    });
  }

  objects(name: string): JsonObject[] {
    return this.#list(name).map((value) => {
      if (!isObject(value)) throw invalid(this.#logicalId, `/${name}: expected type: JSONObject`);
      return value;
    });
  }

  #list(name: string): readonly Json[] {
    const value = this.#values[name] ?? [];
    if (!isList(value)) throw invalid(this.#logicalId, `/${name}: expected type: JSONArray`);
    return value;
  }
}

/** Throws `ResourceFailure` if a text at `path` is longer than the type's schema allows. */
export function checkLength(text: string, path: string, max: number): void {
  if (text.length <= max) return;
  throw new ResourceFailure(
    `Model validation failed (#${path}: expected maxLength: ${max}, actual: ${text.length})`,
  );
}

/** A name as CloudFormation makes it up: stack, logical ID and 13 random characters, cut to `max`. */
export function generatedName(stack: Stack, logicalId: string, max: number): string {
  const suffix = `-${nameSuffix()}`;
  const room = max - suffix.length;
  const own = `-${logicalId}`;
  // The stack's name gives way first.
  const name = `${stack.name.slice(0, Math.max(room - own.length, Math.floor(room / 2)))}${own}`;
  return name.slice(0, room) + suffix;
}

function invalid(logicalId: string, fault: string): ResourceFailure {
  return new ResourceFailure(
    `Properties validation failed for resource ${logicalId} with message:\n#: ${fault}`,
  );
}
