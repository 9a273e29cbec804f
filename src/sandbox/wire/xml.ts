/** What an XML element can hold: text, a list of items, or named elements; `undefined` leaves an element out. */
export type XmlValue = string | number | boolean | Date | undefined | readonly XmlValue[] | XmlElements;

/** Elements by name, in order. */
export interface XmlElements {
  readonly [name: string]: XmlValue;
}

/** One element. The items of a list are `<member>`, as the Query protocol has it, or `item` if given. */
export function xml(name: string, value: XmlValue, namespace?: string, item = 'member'): string {
  const open = namespace === undefined ? name : `${name} xmlns="${namespace}"`;
  return `<${open}>${content(value, item)}</${name}>`;
}

/** Escapes text for XML. */
function escapeXml(text: string): string {
  return text.replace(/[<>&"'\r]/g, (char) => `&#${char.charCodeAt(0)};`);
}

function content(value: XmlValue, item: string): string {
  if (value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  if (isList(value)) return value.map((each) => xml(item, each, undefined, item)).join('');
  if (typeof value !== 'object') return escapeXml(String(value));
  return Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .map(([name, each]) => xml(name, each, undefined, item))
    .join('');
}

function isList(value: XmlValue): value is readonly XmlValue[] {
  return Array.isArray(value);
}
