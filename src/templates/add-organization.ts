import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';

/**
 * Makes of an account's template the one for an organization's management account, in place: puts into it what
 * `templates/organization.yaml` has and it lacks, comments included. Of what both have, the account's stays, and
 * depends on what the addition says besides. Throws where the two have parted.
 */
export function addOrganization(document: Document, addition: string): void {
  const added = parseDocument(addition);
  const sections = ['Parameters', 'Resources'];
  // Parameters and resources share their names, so that a parameter there may stand for a resource here.
  const known = new Set(sections.flatMap((section) => mapAt(document, section).items.map(nameOf)));
  for (const section of sections)
    for (const pair of mapAt(added, section).items) {
      const dependsOn = [section, nameOf(pair), 'DependsOn'];
      if (!known.has(nameOf(pair))) mapAt(document, section).items.push(pair);
      else if (added.hasIn(dependsOn)) seqAt(document, ...dependsOn).add(added.getIn(dependsOn));
    }
  mapAt(document, ...LABELS).items.push(...mapAt(added, ...LABELS).items);
  // What is left to fill in comes first.
  seqAt(document, ...GROUPS).items.unshift(...seqAt(added, ...GROUPS).items);
  const [description] = mapAt(added).items.filter((pair) => nameOf(pair) === 'Description');
  if (description === undefined) throw new Error('templates/organization.yaml has no Description');
  mapAt(document).items = mapAt(document).items.map((pair) =>
    nameOf(pair) === 'Description' ? description : pair,
  );
}

const INTERFACE = ['Metadata', 'AWS::CloudFormation::Interface'] as const;
const GROUPS = [...INTERFACE, 'ParameterGroups'] as const;
const LABELS = [...INTERFACE, 'ParameterLabels'] as const;

function mapAt(document: Document, ...path: readonly string[]): YAMLMap {
  const found = document.getIn(path, true);
  if (isMap(found)) return found;
  throw new Error(`the template's source has no ${path.join('.')}`);
}

function seqAt(document: Document, ...path: readonly string[]): YAMLSeq {
  const found = document.getIn(path, true);
  if (isSeq(found)) return found;
  throw new Error(`the template's source has no list ${path.join('.')}`);
}

function nameOf({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key);
}
