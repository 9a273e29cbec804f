import { Problem } from '../core/problem.js';

const DEEPEST = 16;

/**
 * Reads a JSON body strictly: valid UTF-8, an object, no key twice, no `__proto__`, no unpaired surrogates,
 * not nested without end. What a lenient parser would repair in silence is the caller's mistake, and named.
 */
export function parseJsonBody(bytes: Buffer): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('The body is not valid UTF-8.');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(`The body is not JSON: ${error instanceof Error ? error.message.slice(0, 100) : ''}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed('The body has to be a JSON object.');
  inspect(text);
  return value as Record<string, unknown>;
}

/**
 * Walks text that is known to be JSON, for what `JSON.parse` lets through. Every string token is either a key
 * (a colon follows) or a value, so no grammar is needed.
 */
function inspect(text: string): void {
  const open: (Set<string> | null)[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;
  for (const [token, colon] of text.matchAll(tokens)) {
    if (token === '{' || token === '[') {
      if (open.push(token === '{' ? new Set() : null) > DEEPEST)
        throw malformed('The body is nested too deeply.');
    } else if (token === '}' || token === ']') open.pop();
    else {
      const string = JSON.parse(colon === undefined ? token : token.slice(0, -colon.length)) as string;
      if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(string))
        throw malformed('The body holds half a surrogate pair.');
      if (colon !== undefined) checkKey(string, open.at(-1) ?? new Set());
    }
  }
}

function checkKey(key: string, seen: Set<string>): void {
  if (key === '__proto__') throw malformed('A key must not be __proto__.', key, 'is not allowed');
  if (seen.has(key)) throw malformed(`The key ${JSON.stringify(key)} stands twice.`, key, 'stands twice');
  seen.add(key);
}

function malformed(detail: string, field = 'body', message = 'cannot be read'): Problem {
  return new Problem('body-malformed', detail, [{ field, message }]);
}
