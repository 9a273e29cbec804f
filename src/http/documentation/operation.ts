import type { FastifySchema, RouteOptions } from 'fastify';
import { pathParameters } from './parameters.js';

interface Properties {
  readonly properties?: Readonly<Record<string, object>>;
}

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
export function describeOperation(schema: FastifySchema, { config }: RouteOptions): FastifySchema {
  if (schema.hide) return schema;
  const access = config?.access;
  const scope = access !== undefined && 'scope' in access ? access.scope : null;
  const { description, params, response } = schema;
  return {
    ...schema,
    ...(scope !== null && { description: `${description ?? ''} Needs the scope \`${scope}\`.`.trim() }),
    ...(params !== undefined && { params: withWords(params as Properties) }),
    response: withOutcomes(response as Readonly<Record<string, object>>),
    security: scope === null ? [] : [{ apiKey: [scope] }],
  };
}

function withWords(params: Properties): Properties {
  const described = Object.entries(params.properties ?? {}).map(([name, schema]) => [
    name,
    { description: pathParameters[name], ...schema },
  ]);
  return { ...params, properties: Object.fromEntries(described) };
}

function withOutcomes(response: Readonly<Record<string, object>>): Readonly<Record<string, object>> {
  const described = Object.entries(response).map(([status, schema]) => [
    status,
    '$ref' in schema || OUTCOMES[status] === undefined
      ? schema
      : { description: OUTCOMES[status], ...schema },
  ]);
  return Object.fromEntries(described);
}
