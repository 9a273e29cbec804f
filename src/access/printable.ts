/**
 * A name as one line that shows what it says: without control characters, marks that change the direction of what
 * follows, halves of characters and the like, and cut to a length in UTF-16 units, between characters.
 */
export function printable(name: string, longest: number): string {
  const line = name.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  let cut = '';
  for (const character of line) {
    if (cut.length + character.length > longest) break;
    cut += character;
  }
  return cut.trim();
}

/** What is left of a name in a to z, digits and single hyphens, at most 40 of them; empty where nothing is. */
export function slug(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
}
