import { type Static, type TSchema, Type } from 'typebox';

export const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

export const Time = Type.String({
  format: 'date-time',
  description: 'RFC 3339, UTC.',
});
export const AccountId = Type.String({
  pattern: '^\\d{12}$',
  description: 'The number of an AWS account.',
});
/** Ids are compared, never taken apart; what cannot be one is not found. */
export const Id = Type.String({ minLength: 1, maxLength: 64 });

/** Points to a schema that is registered under its `$id`, so that the document names it once. */
export function ref<Schema extends TSchema>(schema: Schema) {
  if (!('$id' in schema)) throw new TypeError('only a schema with an $id can be pointed to');
  return Type.Unsafe<Static<Schema>>({ $ref: `${schema.$id}#` });
}

export const Texts = Type.Unsafe<readonly string[]>(Type.Array(Type.String()));

/** The body of every error. Source: RFC 9457. */
export const ProblemBody = Type.Object(
  {
    type: Type.String({ description: 'An address that explains the code.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'What is wrong in this very case.' }),
    code: Type.String({ description: 'Stable; the one to program against.' }),
    remedy: Type.String({ description: 'What to do about it.' }),
    requestId: Type.String(),
    errors: Type.Optional(
      Type.Array(Type.Object({ field: Type.String(), message: Type.String() }), {
        description: 'The fields at fault.',
      }),
    ),
  },
  { $id: 'Problem', title: 'Problem' },
);

/** Answers in case of an error, for a route's schema. */
export function problems(...statuses: readonly number[]) {
  const content = { 'application/problem+json': { schema: ref(ProblemBody) } };
  const described = (status: number) => ({
    description: MEANINGS[status] ?? 'A problem',
    content,
  });
  return Object.fromEntries(statuses.map((status) => [status, described(status)]));
}

const MEANINGS: Readonly<Record<number, string>> = {
  400: 'The request is malformed; `errors` names the fields.',
  401: 'No key, or one that is not known.',
  403: 'The key lacks the scope, or the message its signature.',
  404: 'There is no such thing.',
  409: 'It collides with something that is there.',
  410: 'What is asked for is no longer kept.',
  413: 'The body is too large.',
  415: 'The content type is not supported.',
  422: 'The request is well-formed and cannot be carried out.',
  502: 'AWS does not carry the call out.',
  503: 'Try again after the seconds in Retry-After.',
};

export function time(milliseconds: number): string;
export function time(milliseconds: number | null): string | null;
export function time(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
