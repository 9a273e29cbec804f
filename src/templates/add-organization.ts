import type { Document } from 'yaml';
import { mapAt, mergeTemplate, nameOf } from './merge-template.js';
import { parseSource } from './parse-source.js';

/**
 * Makes of an account's template the one for an organization's management account, in place: puts into it what
 * `templates/organization.yaml` has and it lacks. Throws where the two have parted.
 */
export function addOrganization(document: Document, addition: string): void {
  const added = parseSource(addition);
  // What is left to fill in comes first.
  mergeTemplate(document, added, { sections: ['Parameters', 'Resources'], groups: 'first' });
  const [description] = mapAt(added).items.filter((pair) => nameOf(pair) === 'Description');
  if (description === undefined) throw new Error('templates/organization.yaml has no Description');
  mapAt(document).items = mapAt(document).items.map((pair) =>
    nameOf(pair) === 'Description' ? description : pair,
  );
}
