import fc from 'fast-check';
import { valuesOf } from './fuzz-values.js';
import { type Json, KEY } from './world.js';

/** An operation of the document, with its place. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly document: Json;
}

/** What is there to be named in addresses: values of path parameters that belong together. */
export type Place = Readonly<Record<string, string>>;

export interface FuzzRequest {
  readonly operation: Operation;
  /** Picks among the places that are known when it is sent; null where the address names nothing that is there. */
  readonly place: number | null;
  readonly garbage: Place;
  readonly query: string;
  readonly body: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Every operation of an OpenAPI document. */
export function operationsOf(document: Json): readonly Operation[] {
  return Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, described]) => ({
      id: described.operationId,
      method: method.toUpperCase(),
      path,
      document: described,
    })),
  );
}

/** Requests of an operation: most of them valid, the others broken in one of the ways in which things break. */
export function requestsOf(operation: Operation, document: Json): fc.Arbitrary<FuzzRequest> {
  const { parameters = [], requestBody } = operation.document;
  const inQuery = parameters.filter((parameter: Json) => parameter.in === 'query');
  const schema = requestBody?.content['application/json']?.schema;
  const valid =
    schema === undefined
      ? fc.constant(null)
      : valuesOf(schema, document).map((value) => JSON.stringify(value));
  return fc.record({
    operation: fc.constant(operation),
    place: fc.oneof({ weight: 8, arbitrary: fc.nat() }, fc.constant(null)),
    garbage: fc.dictionary(fc.constantFrom(...namesIn(operation.path), 'x'), word),
    query: fc.oneof({ weight: 6, arbitrary: queries(inQuery, document) }, brokenQuery),
    body: fc.oneof(
      { weight: 6, arbitrary: valid },
      schema === undefined ? fc.constant(null) : valid.chain(brokenBody),
    ),
    headers: fc.oneof(
      { weight: 12, arbitrary: fc.constant(schema === undefined ? bodiless : usual) },
      brokenHeaders,
    ),
  });
}

/** The names of the parameters in a path of the document. */
export function namesIn(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}

const bodiless = { authorization: `Bearer ${KEY}` };
const usual = { ...bodiless, 'content-type': 'application/json' };
const word = fc.oneof(
  fc.string({ minLength: 1, maxLength: 80, unit: 'binary-ascii' }),
  fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
  fc.constantFrom('cli_', '..', '%', '#', '0', '__proto__', 'cli_01a20c23-fd5d-7504-8477-260a1ad9c99e'),
);

function queries(parameters: readonly Json[], document: Json): fc.Arbitrary<string> {
  const values = Object.fromEntries(
    parameters.map(({ name, schema }) => [name, valuesOf(schema, document, name)]),
  );
  // Long polls and their like would be waited for; a list with all of its filters at once is never given.
  const names = Object.keys(values).filter((name) => name !== 'wait');
  const few = fc.subarray(names, { maxLength: Math.min(2, names.length) });
  return fc
    .oneof(few, fc.constant(names))
    .chain((chosen) =>
      fc.record(Object.fromEntries(chosen.map((name) => [name, values[name]])) as typeof values),
    )
    .map((query) => new URLSearchParams(query).toString());
}

const brokenQuery = fc.oneof(
  fc.constantFrom(
    'limit=0',
    'limit=1e3',
    'limit=',
    'cursor=x',
    'limit=1&limit=2',
    '%',
    '&&=&',
    '__proto__=1',
  ),
  fc.webQueryParameters(),
);

function brokenBody(valid: string | null): fc.Arbitrary<string | null> {
  const value = JSON.parse(valid ?? '{}');
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  return fc.oneof(
    fc.json(),
    fc.constantFrom(
      '',
      '{',
      'null',
      '[]',
      '{"a":1,"a":2}',
      '{"__proto__":{}}',
      '"text"',
      'x'.repeat(300_000),
    ),
    fc
      .tuple(fc.constantFrom(...names, 'surplus'), fc.jsonValue())
      .map(([name, other]) => JSON.stringify({ ...value, [name]: other })),
    fc.constantFrom(...names, 'none').map((name) => JSON.stringify({ ...value, [name]: undefined })),
  );
}

const brokenHeaders: fc.Arbitrary<Readonly<Record<string, string>>> = fc.constantFrom<
  Readonly<Record<string, string>>[]
>(
  {},
  { ...usual, authorization: 'Bearer' },
  { ...usual, authorization: 'Bearer not-a-key-of-anybody-000' },
  { ...usual, authorization: 'Basic dXNlcjpwYXNz' },
  { ...usual, 'content-type': 'text/plain' },
  { ...usual, 'content-type': 'application/x-www-form-urlencoded' },
  { ...usual, 'content-type': 'application/json; charset=utf-16' },
  { ...usual, accept: 'text/html' },
  { ...usual, 'idempotency-key': 'again' },
  { ...usual, 'if-match': '"none"' },
  { ...usual, 'if-none-match': '*' },
  { ...usual, 'x-forwarded-for': 'nobody' },
);
