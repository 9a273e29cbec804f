import { type Static, type TSchema, Type } from 'typebox';
import { pattern } from './patterns.js';

export const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

/** A time, RFC 3339 in UTC. */
export function At(description: string) {
  return Type.String({ format: 'date-time', description });
}
export const AccountId = Type.String({
  pattern: pattern('accountId'),
  description: 'The number of an AWS account.',
});
/** Ids are compared, never taken apart; what cannot be one is not found. */
export const Id = Type.String({ minLength: 1, maxLength: 64 });

/** Points to a schema that is registered under its `$id`, so that the document names it once. */
export function ref<Schema extends TSchema>(schema: Schema) {
  if (!('$id' in schema)) throw new TypeError('only a schema with an $id can be pointed to');
  return Type.Unsafe<Static<Schema>>({ $ref: `${schema.$id}#` });
}

/** A list of texts. */
export function Texts(description: string) {
  return Type.Unsafe<readonly string[]>(Type.Array(Type.String(), { description }));
}

/** The body of every error. Source: RFC 9457. */
export const ProblemBody = Type.Object(
  {
    type: Type.String({ description: 'An address that explains the code.' }),
    title: Type.String({ description: 'What is wrong, in a few words that are the same each time.' }),
    status: Type.Integer({ description: 'The HTTP status once more.' }),
    detail: Type.String({ description: 'What is wrong in this very case.' }),
    code: Type.String({ description: 'Stable; the one to program against.' }),
    remedy: Type.String({ description: 'What to do about it.' }),
    requestId: Type.String({ description: 'Under which the service’s log has this request.' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          field: Type.String({
            description: 'Its place in the body, query, path or headers, with dots between.',
          }),
          message: Type.String({ description: 'What is wrong with it.' }),
        }),
        { description: 'The fields at fault.' },
      ),
    ),
  },
  { $id: 'Problem', title: 'Problem', description: 'Every error has this body (RFC 9457).' },
);

export function time(milliseconds: number): string;
export function time(milliseconds: number | null): string | null;
export function time(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
