import { createHash } from 'node:crypto';

/**
 * The strong entity tag of a representation: a digest of it. So it changes with whatever shows, be it stored, the
 * clock's doing (a link that expires) or a new version's, and with nothing else.
 * Source: RFC 9110, 8.8.3.
 */
export function entityTag(representation: object): string {
  const digest = createHash('sha256').update(JSON.stringify(representation)).digest('base64url');
  return `"${digest.slice(0, 22)}"`;
}

/** Any representation, or the tags of some. */
export type Tags = '*' | readonly string[];

const TAG = '(?:W/)?"[\\x21\\x23-\\x7e\\x80-\\xff]*"';
const LIST = new RegExp(`^[\\t ,]*${TAG}(?:[\\t ]*,[\\t ,]*${TAG})*[\\t ,]*$`);

/** Reads the value of If-Match or If-None-Match; null where it is neither `*` nor a list of entity tags. */
export function parseTags(value: string): Tags | null {
  const text = value.trim();
  if (text === '*') return '*';
  return LIST.test(text) ? (text.match(new RegExp(TAG, 'g')) ?? []) : null;
}

/** Whether a strong tag is among these: by the strong comparison, which no weak tag passes, or by the weak one. */
export function isAmong(tag: string, tags: Tags, comparison: 'strong' | 'weak'): boolean {
  if (tags === '*') return true;
  return tags.some((one) => (comparison === 'weak' ? one.replace(/^W\//, '') : one) === tag);
}
