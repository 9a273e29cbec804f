import type { FastifySchema, RouteOptions } from 'fastify';
import { Type } from 'typebox';
import type { ProblemCode } from '../../core/problem.js';
import { pattern } from '../representations/patterns.js';
import { pathParameters } from './parameters.js';
import { describeProblem, isProblem, problems } from './problem-responses.js';

type Responses = Readonly<Record<string, object>>;

interface Properties {
  readonly properties?: Readonly<Record<string, object>>;
}

/** What becomes of a call whose key does not do. */
const KEYED = [
  'key-missing',
  'key-malformed',
  'key-unknown',
  'key-expired',
  'token-invalid',
  'scope-missing',
  'too-many-requests',
] as const;

/** What happened, where a route's schema says nothing of its own. */
const OUTCOMES: Readonly<Record<string, string>> = {
  200: 'Done.',
  201: 'Made.',
  202: 'Taken; it goes on by itself.',
  204: 'Done; there is no body.',
};

/**
 * A route's schema as an operation of the document: with the words that operations share, and what it asks of a
 * key. The names in a security requirement are scopes, as OpenAPI 3.1 has it for schemes that are not OAuth.
 */
export function describeOperation(schema: FastifySchema, route: RouteOptions): FastifySchema {
  if (schema.hide) return schema;
  const scope = scopeOf(route);
  const { description, params } = schema;
  return {
    ...schema,
    ...(scope !== null && { description: `${description ?? ''} Needs the scope \`${scope}\`.`.trim() }),
    ...(params !== undefined && { params: withWords(params as Properties) }),
    ...(isRepeatable(route) && { headers: RepeatHeaders }),
    response: describeResponses(schema.response as Responses, sharedProblems(schema, route)),
    security: scope === null ? [] : [{ apiKey: [scope] }],
  };
}

function scopeOf({ config }: RouteOptions): string | null {
  const access = config?.access;
  return access !== undefined && 'scope' in access ? access.scope : null;
}

/** What is refused before a route's own work begins, by the plugins that stand before all of them. */
function sharedProblems(schema: FastifySchema, route: RouteOptions): readonly ProblemCode[] {
  const { access } = route.config ?? {};
  const keyed = scopeOf(route) !== null;
  const reads = [route.method].flat().every((method) => method === 'GET' || method === 'HEAD');
  const limited = access !== undefined && 'allClients' in access;
  const asks = keyed || schema.body !== undefined || schema.querystring !== undefined;
  return [
    ...(['request-broken', 'request-timeout', 'headers-too-large'] as const),
    ...(asks ? (['request-invalid'] as const) : []),
    ...(reads ? [] : (['body-malformed', 'body-too-large', 'content-type-unsupported'] as const)),
    ...(keyed ? KEYED : []),
    ...(schema.headers === undefined ? [] : (['precondition-failed'] as const)),
    ...(isRepeatable(route) ? (['request-in-progress', 'idempotency-key-reused'] as const) : []),
    ...(limited ? (['key-limited'] as const) : []),
    ...(keyed || !reads ? (['unavailable'] as const) : []),
    ...(route.url === '/healthz' ? [] : (['overloaded'] as const)),
  ];
}

function isRepeatable({ config }: RouteOptions): boolean {
  return config?.repeats === 'by-key';
}

const RepeatHeaders = Type.Object({
  'Idempotency-Key': Type.Optional(
    Type.String({
      pattern: pattern('idempotencyKey'),
      description:
        'Draw one for each request, and send it again with each repeat: for 24 hours a repeat is answered the ' +
        'same, and nothing happens twice.',
    }),
  ),
});

function withWords(params: Properties): Properties {
  const described = Object.entries(params.properties ?? {}).map(([name, schema]) => [
    name,
    { description: pathParameters[name], ...schema },
  ]);
  return { ...params, properties: Object.fromEntries(described) };
}

function describeResponses(response: Responses, shared: readonly ProblemCode[]): Responses {
  const own = Object.values(response).flatMap((one) => (isProblem(one) ? one.codes : []));
  const refused = Object.entries(problems(...new Set([...shared, ...own])));
  const done = Object.entries(response).filter(([, one]) => !isProblem(one));
  // What a route says of a refusal itself comes last, and counts: a page that refuses by a page.
  return Object.fromEntries([
    ...refused.map(([status, one]) => [status, describeProblem(one)]),
    ...done.map(([status, schema]) => [status, withOutcome(status, schema)]),
  ]);
}

function withOutcome(status: string, schema: object): object {
  const outcome = OUTCOMES[status];
  return '$ref' in schema || outcome === undefined ? schema : { description: outcome, ...schema };
}
