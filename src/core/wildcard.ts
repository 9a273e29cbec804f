/**
 * Whether a pattern with `*` and `?` stands for a text. It takes as many steps as both lengths multiplied at the most:
 * made into a regular expression, a dozen wildcards in somebody's policy could keep a process busy for hours.
 */
export function matchesWildcards(pattern: string, text: string): boolean {
  let [at, place] = [0, 0];
  // The last star so far, and the place in the text up to which it stands for it.
  let [star, taken] = [-1, 0];
  while (place < text.length) {
    if (pattern[at] === '*') {
      star = at;
      taken = place;
      at += 1;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[place])) {
      at += 1;
      place += 1;
    } else if (star >= 0) {
      at = star + 1;
      taken += 1;
      place = taken;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
