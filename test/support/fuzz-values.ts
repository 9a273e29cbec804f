import fc from 'fast-check';
import type { Json } from './world.js';

/** What a field of this name is given now and then, so that not every valid value is a refused one. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  policy: [
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}}',
  ],
  profile: ['security-audit', 'view-only', 'read-only', 'cost'],
  region: ['us-east-1', 'eu-central-1'],
  user: ['alice'],
  members: ['alice', 'bob'],
  accountId: ['333344445555'],
  // Nobody listens there: what is sent is refused at once.
  url: ['http://127.0.0.1:9/hooks'],
  after: ['evt_000000000000001_00'],
  types: ['account.connected', 'client.invited,client.updated'],
  roleArn: ['arn:aws:iam::222233334444:role/Auditor', 'arn:aws:iam::222233334444:root'],
};

/** Values that fit a JSON Schema, as far as the API's document uses it. `$ref`s are followed in the document. */
export function valuesOf(schema: Json, document: Json, field = ''): fc.Arbitrary<Json> {
  if (schema.$ref !== undefined)
    return valuesOf(document.components.schemas[schema.$ref.split('/').at(-1)], document, field);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.const !== undefined) return fc.constant(schema.const);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined)
    return fc.oneof(...choices.map((choice: Json) => valuesOf(choice, document, field)));
  switch (schema.type) {
    case 'object':
      return objects(schema, document);
    case 'array':
      return (schema.uniqueItems ? fc.uniqueArray : fc.array)(valuesOf(schema.items, document, field), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, 4),
        ...(schema.uniqueItems && {
          comparator: (a: Json, b: Json) => JSON.stringify(a) === JSON.stringify(b),
        }),
      } as object);
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -5, max: schema.maximum ?? 5_000 });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return strings(schema, field);
  }
}

function objects(schema: Json, document: Json): fc.Arbitrary<Json> {
  const properties: Record<string, fc.Arbitrary<Json>> = {};
  for (const [name, one] of Object.entries<Json>(schema.properties ?? {}))
    properties[name] = valuesOf(one, document, name);
  const required: readonly string[] = schema.required ?? [];
  const some = (names: readonly string[]) =>
    fc.record(
      Object.fromEntries(names.map((name) => [name, properties[name]])) as typeof properties,
      {
        requiredKeys: [...required],
        noNullPrototype: true,
      } as object,
    );
  const all = Object.keys(properties);
  const optional = all.filter((name) => !required.includes(name));
  // One alone is now and then what is wanted.
  const own =
    optional.length < 2
      ? some(all)
      : fc.oneof(
          some(all),
          fc.constantFrom(...optional).chain((name) => some([...required, name])),
        );
  const [pattern, value] = Object.entries<Json>(schema.patternProperties ?? {})[0] ?? [];
  if (pattern === undefined) return own;
  const keys = strings({ pattern }, '');
  return fc.dictionary(keys, valuesOf(value, document), { maxKeys: 3, noNullPrototype: true });
}

function strings(
  { pattern, minLength = 0, maxLength = 60, format }: Json,
  field: string,
): fc.Arbitrary<string> {
  const known = KNOWN[field];
  const free = fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 60), unit: 'grapheme' });
  const made =
    format === 'date-time'
      ? fc
          .date({ min: new Date('2000-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
          .map((date) => date.toISOString())
      : pattern === undefined
        ? free
        : matching(new RegExp(pattern, 'u'), free);
  const fit = made.filter((text) => text.length >= minLength && text.length <= maxLength);
  return known === undefined ? fit : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, fit);
}

/** fast-check makes texts from a pattern, but not where it looks ahead. */
function matching(pattern: RegExp, free: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const ahead = pattern.source.includes('(?');
  return (ahead ? free : fc.stringMatching(pattern, { maxLength: 64 })).filter((text) => pattern.test(text));
}
