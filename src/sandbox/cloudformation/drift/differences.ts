import { isDeepStrictEqual } from 'node:util';
import { isList, isObject, type Json, type JsonObject } from '../../wire/json.js';

/** A value that is not what the template says. */
export interface Difference {
  /** Such as `/PolicyDocument/Statement/0/Resource`. */
  readonly path: string;
  readonly expected: Json | undefined;
  readonly actual: Json | undefined;
  readonly kind: 'ADD' | 'REMOVE' | 'NOT_EQUAL';
}

/** Where the properties of a resource are not what the template says. Its lists are sets, whose order means nothing. */
export function differences(expected: JsonObject, actual: JsonObject): Difference[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    const now = actual[name];
    return isList(value) && isList(now) ? inSets(`/${name}`, value, now) : between(`/${name}`, value, now);
  });
}

function inSets(path: string, expected: readonly Json[], actual: readonly Json[]): Difference[] {
  const lacks = (list: readonly Json[], item: Json): boolean =>
    !list.some((each) => isDeepStrictEqual(each, item));
  const removed = expected.flatMap((item, index) =>
    lacks(actual, item) ? between(`${path}/${index}`, item, undefined) : [],
  );
  const added = actual.flatMap((item, index) =>
    lacks(expected, item) ? between(`${path}/${index}`, undefined, item) : [],
  );
  return [...removed, ...added];
}

function between(path: string, expected: Json | undefined, actual: Json | undefined): Difference[] {
  if (expected === undefined) return [{ path, expected, actual, kind: 'ADD' }];
  if (actual === undefined) return [{ path, expected, actual, kind: 'REMOVE' }];
  if (isObject(expected) && isObject(actual)) return inside(path, expected, actual);
  if (isList(expected) && isList(actual)) return inside(path, byIndex(expected), byIndex(actual));
  const isSame =
    typeof expected === 'object' ? isDeepStrictEqual(expected, actual) : String(expected) === String(actual);
  return isSame ? [] : [{ path, expected, actual, kind: 'NOT_EQUAL' }];
}

function inside(path: string, expected: JsonObject, actual: JsonObject): Difference[] {
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...names].flatMap((name) => between(`${path}/${name}`, expected[name], actual[name]));
}

function byIndex(list: readonly Json[]): JsonObject {
  return Object.fromEntries(list.map((each, index) => [String(index), each]));
}
