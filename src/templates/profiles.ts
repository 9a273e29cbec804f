import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';

/** What a client can be asked for: a name, words for people, and the permissions. */
export interface Profile {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  /** AWS managed policies, by name. */
  readonly managedPolicies: readonly string[];
  /** Actions that a verification asks after: by simulation or, where that is denied, by one call each. */
  readonly prove: readonly string[];
  /** Whether an account that lacks one of them is refused, or connected with what is missing told. */
  readonly missing: 'tell' | 'refuse';
}

/** The profiles that stand under `templates/profiles`, by name. Throws where one cannot be read, naming file and field. */
export async function readProfiles(folder: URL): Promise<ReadonlyMap<string, Profile>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml')).sort();
  const profiles = await Promise.all(
    files.map(async (file) => parseProfile(file, await readFile(new URL(file, folder), 'utf8'))),
  );
  return new Map(profiles.map((profile) => [profile.name, profile]));
}

function parseProfile(file: string, source: string): Profile {
  const value: unknown = parse(source);
  const fields: Record<string, unknown> = typeof value === 'object' && value !== null ? { ...value } : {};
  const text = (field: string): string => {
    const content = fields[field];
    if (typeof content === 'string' && content !== '') return content;
    throw new Error(`profile ${file}: ${field} has to be text`);
  };
  const texts = (field: string, what: string): readonly string[] => {
    const content = fields[field];
    if (Array.isArray(content) && content.every((name) => typeof name === 'string')) return content;
    throw new Error(`profile ${file}: ${field} has to be a list of ${what}`);
  };
  const missing = fields['missing'] ?? 'tell';
  if (missing !== 'tell' && missing !== 'refuse')
    throw new Error(`profile ${file}: missing has to be tell or refuse`);
  const name = text('name');
  if (`${name}.yaml` !== file) throw new Error(`profile ${file}: name has to be the file's name`);
  return {
    name,
    title: text('title'),
    summary: text('summary'),
    managedPolicies: texts('managedPolicies', 'policy names'),
    prove: texts('prove', 'actions'),
    missing,
  };
}
