import { matchesWildcards } from './wildcard.js';

/** A statement of a policy as IAM returns it, in JSON. */
export type Statement = Readonly<Record<string, unknown>>;

/** A policy's statements; null where it is not one that AWS documents. */
export function statementsOf(json: string): Statement[] | null {
  try {
    const document: unknown = JSON.parse(json);
    const statement = isObject(document) ? document['Statement'] : undefined;
    const list = Array.isArray(statement) ? statement : [statement];
    return list.every(isObject) ? list : null;
  } catch {
    return null;
  }
}

/** Actions by which somebody gets into a role, wildcards included. Action names know no case. */
export function letsIn(action: string): boolean {
  const pattern = action.toLowerCase();
  return ['sts:assumerole', 'sts:assumerolewithsaml', 'sts:assumerolewithwebidentity'].some((name) =>
    matchesWildcards(pattern, name),
  );
}

export interface Principal {
  readonly type: string;
  readonly value: string;
}

/** A statement’s principals, one by one. */
export function principalsOf(principal: unknown): Principal[] {
  if (principal === '*') return [{ type: '*', value: '*' }];
  return entries(principal).flatMap(([type, values]) => texts(values).map((value) => ({ type, value })));
}

export interface Condition {
  /** In lower case, without quantifier and `IfExists`. */
  readonly operator: string;
  readonly quantifier: 'forallvalues' | 'foranyvalue' | null;
  readonly ifExists: boolean;
  /** In lower case: keys know no case either. */
  readonly key: string;
  readonly values: readonly string[];
}

/** Conditions of a statement have all to be met; the values of one are alternatives. */
export function conditionsOf(block: unknown): Condition[] {
  return entries(block).flatMap(([name, keys]) => {
    const [, quantifier = null, operator = '', ifExists] =
      /^(?:(forallvalues|foranyvalue):)?(.*?)(ifexists)?$/.exec(name.toLowerCase()) ?? [];
    return entries(keys).map(
      ([key, values]): Condition => ({
        operator,
        quantifier: quantifier as Condition['quantifier'],
        ifExists: ifExists !== undefined,
        key: key.toLowerCase(),
        values: texts(values),
      }),
    );
  });
}

/** IAM takes numbers and booleans for text: left out, a further value would go unseen. */
export function texts(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((one) => ['string', 'number', 'boolean'].includes(typeof one)).map(String);
}

function entries(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

function isObject(value: unknown): value is Statement {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
