import { validationError } from '../wire/aws-error.js';
import type { QueryInput } from '../wire/query-input.js';
import type { XmlElements, XmlValue } from '../wire/xml.js';

/** One page of a list, as `Marker` and `MaxItems` ask for it, under the list's name. Throws `ValidationError`. */
export function page<T>(
  input: QueryInput,
  name: string,
  items: readonly T[],
  show: (item: T) => XmlValue,
): XmlElements {
  const from = Number(input.text('Marker') ?? 0);
  const size = input.integer('MaxItems') ?? 100;
  if (size < 1 || size > 1000) throw validationError('MaxItems must be between 1 and 1000');
  if (!Number.isInteger(from) || from < 0) throw validationError('Invalid Marker.');
  const to = from + size;
  return {
    [name]: items.slice(from, to).map(show),
    IsTruncated: to < items.length,
    Marker: to < items.length ? String(to) : undefined,
  };
}
