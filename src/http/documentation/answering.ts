import type { Answering } from '../pages/problems.js';

interface Operation {
  readonly summary?: string;
  readonly responses?: Readonly<Record<string, object>>;
}

/** The operations of an OpenAPI document that can answer with a problem of this code, in the document's order. */
export function operationsThatAnswer(
  document: { readonly paths?: object },
  code: string,
): readonly Answering[] {
  return Object.entries(document.paths ?? {}).flatMap(
    ([path, operations]: [string, Record<string, Operation>]) =>
      Object.entries(operations)
        .filter(([, { responses = {} }]) => JSON.stringify(responses).includes(`"${code}"`))
        .map(([method, { summary = '' }]) => ({ method: method.toUpperCase(), path, summary })),
  );
}
