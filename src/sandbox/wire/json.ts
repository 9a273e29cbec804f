/** A value as JSON can hold it. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** An object as JSON can hold it. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Parses JSON; throws `SyntaxError` as `JSON.parse` does. */
export function parseJson(text: string): Json {
  return JSON.parse(text);
}

/** Whether a value is an object and no array. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The values of a field that may hold one or a list, as policies and templates allow. */
export function asList(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return isList(value) ? value : [value];
}

/** Whether a value is a list. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
