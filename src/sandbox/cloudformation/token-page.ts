import { validationError } from '../wire/aws-error.js';
import type { QueryInput } from '../wire/query-input.js';
import type { XmlElements, XmlValue } from '../wire/xml.js';

/** One page of a list, 100 items at most, as `NextToken` asks for it, under the list's name. Throws `ValidationError`. */
export function tokenPage<T>(
  input: QueryInput,
  name: string,
  items: readonly T[],
  show: (item: T) => XmlValue,
): XmlElements {
  const token = input.text('NextToken') ?? '0';
  if (!/^\d{1,9}$/.test(token)) throw validationError('NextToken is invalid');
  const from = Number(token);
  const to = from + Math.min(input.integer('MaxResults') ?? 100, 100);
  return {
    [name]: items.slice(from, to).map(show),
    NextToken: to < items.length ? String(to) : undefined,
  };
}
