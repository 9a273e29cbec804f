/** The condition keys of a request, in lower case, each with its values. */
export type PolicyContext = ReadonlyMap<string, readonly string[]>;

/** Makes a context; a key whose value is `undefined` is missing from the request. */
export function policyContext(
  keys: Readonly<Record<string, string | readonly string[] | undefined>>,
): PolicyContext {
  const context = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(keys)) {
    if (value === undefined) continue;
    context.set(key.toLowerCase(), typeof value === 'string' ? [value] : value);
  }
  return context;
}
