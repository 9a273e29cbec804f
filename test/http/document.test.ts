import { readFile } from 'node:fs/promises';
import t from 'tap';
import { problemCodes } from '../../src/core/problem.js';
import type { Json } from '../support/world.js';

const document: Json = JSON.parse(await readFile('openapi/openapi.json', 'utf8'));
const operations: readonly (readonly [string, Json])[] = Object.values<Json>(document.paths).flatMap(
  (methods) => Object.values<Json>(methods).map((operation) => [operation.operationId, operation] as const),
);

t.test('each operation, parameter and field of the document says what it is', async (t) => {
  const silent = [
    ...Object.entries<Json>(document.components.schemas).flatMap(([name, schema]) => silentIn(schema, name)),
    ...operations.flatMap(([id, { description, parameters = [], requestBody, responses }]) => [
      ...(description ? [] : [id]),
      ...parameters
        .filter((parameter: Json) => !parameter.description && !parameter.schema.description)
        .map((parameter: Json) => `${id} ?${parameter.name}`),
      ...contents(requestBody).flatMap((schema) => silentIn(schema, `${id} body`, true)),
      ...Object.entries<Json>(responses).flatMap(([status, response]) => [
        ...(response.description === 'Default Response' ? [`${id} ${status}`] : []),
        ...(Number(status) >= 400
          ? []
          : contents(response).flatMap((schema) => silentIn(schema, `${id} ${status}`, true))),
      ]),
    ]),
  ];
  t.strictSame(silent, []);
});

t.test(
  'each operation names the scope it needs and every code it refuses with, and no code is left over',
  async (t) => {
    for (const [id, { security, responses, description }] of operations) {
      const [scope] = security[0]?.apiKey ?? [];
      t.equal(scope !== undefined, security.length === 1, `${id}: a scope, or open`);
      if (scope !== undefined) {
        t.match(description, `Needs the scope \`${scope}\`.`);
        t.ok(responses['401'] && responses['403'], `${id}: what becomes of a wrong key`);
      }
    }
    const text = JSON.stringify(document.paths);
    const left = problemCodes().filter((code) => !text.includes(`"${code}"`));
    t.strictSame(left, ['method-not-allowed', 'internal-error'], 'which belong to no operation');
  },
);

function contents(holder: Json | undefined): Json[] {
  return Object.values<Json>(holder?.content ?? {}).map(({ schema }) => schema);
}

/** The fields within that nothing is said of; a schema that is registered is looked at by its own name. */
function silentIn(schema: Json, place: string, told = false): string[] {
  if (schema.$ref !== undefined) return [];
  const below = [
    ...Object.entries<Json>(schema.properties ?? {}).map(
      ([name, one]) => [`${place}.${name}`, one, false] as const,
    ),
    ...(schema.items ? [[`${place}[]`, schema.items, true] as const] : []),
    ...(schema.anyOf ?? []).map((one: Json) => [place, one, true] as const),
  ];
  const words = [schema, ...(schema.anyOf ?? [])].some(({ description, $ref }: Json) => description || $ref);
  return [...(told || words ? [] : [place]), ...below.flatMap(([name, one, is]) => silentIn(one, name, is))];
}
