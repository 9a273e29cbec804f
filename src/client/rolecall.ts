import createFetchClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './openapi.js';

/** The things that the API tells of, by the names that its document gives them. */
export type Schemas = components['schemas'];

export interface RolecallOptions {
  /** Where the service is: its `PUBLIC_URL`. */
  readonly url: string;
  /** An API key that has the scopes of what is called. */
  readonly key: string;
  /** In place of the global one: for a proxy, for tests. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/**
 * The API, typed from its OpenAPI document: `GET`, `POST`, `PATCH` and `DELETE` take a path of the document and
 * what goes into it, and give `data` or, where the service refused, `error` with `code` and `remedy`. Throws only
 * where no answer came at all.
 */
export function rolecall({
  url,
  key,
  fetch,
}: RolecallOptions): Client<paths, 'application/json' | 'application/problem+json'> {
  return createFetchClient<paths, 'application/json' | 'application/problem+json'>({
    baseUrl: url,
    headers: { authorization: `Bearer ${key}` },
    ...(fetch && { fetch }),
  });
}
