import type { PolicyContext } from './context.js';

/**
 * Whether a policy's pattern, with `*`, `?` and variables like `${aws:username}`, fits a value. A variable that
 * the request has no value for fits nothing. In `arn` mode a wildcard does not cross the first five colons.
 */
export function fits(
  pattern: string,
  value: string,
  context: PolicyContext,
  mode: 'text' | 'arn' | 'action' = 'text',
): boolean {
  const source = toExpression(pattern, context, mode === 'arn');
  if (source === undefined) return false;
  return new RegExp(`^${source}$`, mode === 'action' ? 'is' : 's').test(value);
}

/** A text with its variables filled in and its wildcards left as they are; `undefined` if one has no value. */
export function fill(text: string, context: PolicyContext): string | undefined {
  let missing = false;
  const filled = text.replace(variable, (_, name: string) => {
    const value = lookUp(name, context);
    if (value === undefined) missing = true;
    return value ?? '';
  });
  return missing ? undefined : filled;
}

const variable = /\$\{([^}]*)\}/g;

function toExpression(pattern: string, context: PolicyContext, arn: boolean): string | undefined {
  let source = '';
  let colons = 0;
  const literal = (text: string): void => {
    colons += text.split(':').length - 1;
    source += text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  };
  for (const part of pattern.split(/(\$\{[^}]*\}|\*+|\?)/)) {
    const anything = arn && colons < 5 ? '[^:]' : '.';
    if (part.startsWith('*')) source += `${anything}*`;
    else if (part === '?') source += anything;
    else if (part.startsWith('${') && part.endsWith('}')) {
      const value = lookUp(part.slice(2, -1), context);
      if (value === undefined) return undefined;
      literal(value);
    } else literal(part);
  }
  return source;
}

/** `${*}`, `${?}` and `${$}` stand for the characters themselves; `${key, 'text'}` has a default. */
function lookUp(name: string, context: PolicyContext): string | undefined {
  if (name === '*' || name === '?' || name === '$') return name;
  const [key = '', fallback] = name.split(',').map((part) => part.trim());
  const values = context.get(key.toLowerCase());
  if (values?.length === 1) return values[0];
  return fallback?.replace(/^'(.*)'$/, '$1');
}
