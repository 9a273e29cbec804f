import { type Document, isMap, isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';

const INTERFACE = ['Metadata', 'AWS::CloudFormation::Interface'] as const;
const GROUPS = [...INTERFACE, 'ParameterGroups'] as const;
const LABELS = [...INTERFACE, 'ParameterLabels'] as const;

/**
 * Puts into a template, in place, the entries of another that it lacks, comments included. Of what both have, the
 * first's stays, and depends on what the addition says besides. What is to be filled in of the addition comes first
 * or last. Throws where the two have parted.
 */
export function mergeTemplate(
  document: Document,
  added: Document,
  { sections, groups }: { readonly sections: readonly string[]; readonly groups: 'first' | 'last' },
): void {
  // Parameters and resources share their names, so that a parameter there may stand for a resource here.
  const known = new Set(sections.flatMap((section) => mapAt(document, section).items.map(nameOf)));
  for (const section of sections)
    for (const pair of mapAt(added, section).items) {
      const dependsOn = [section, nameOf(pair), 'DependsOn'];
      if (!known.has(nameOf(pair))) mapAt(document, section).items.push(pair);
      else if (added.hasIn(dependsOn)) seqAt(document, ...dependsOn).add(added.getIn(dependsOn));
    }
  mapAt(document, ...LABELS).items.push(...mapAt(added, ...LABELS).items);
  const asked = seqAt(document, ...GROUPS).items;
  const more = seqAt(added, ...GROUPS).items;
  asked.splice(groups === 'first' ? 0 : asked.length, 0, ...more);
}

/** A map of a template; throws where there is none. */
export function mapAt(document: Document, ...path: readonly string[]): YAMLMap {
  const found = document.getIn(path, true);
  if (isMap(found)) return found;
  throw new Error(`the template's source has no ${path.join('.')}`);
}

/** A list of a template; throws where there is none. */
export function seqAt(document: Document, ...path: readonly string[]): YAMLSeq {
  const found = document.getIn(path, true);
  if (isSeq(found)) return found;
  throw new Error(`the template's source has no list ${path.join('.')}`);
}

/** What an entry of a map is called. */
export function nameOf({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key);
}
