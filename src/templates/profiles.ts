import { readdir, readFile } from 'node:fs/promises';
import type { HumanAccess } from './human-access.js';
import { parseProfile } from './parse-profile.js';

/** What a client can be asked for: a name, words for people, and the permissions. */
export interface Profile {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  /** AWS managed policies, by name, with their path. */
  readonly managedPolicies: readonly string[];
  /** What is allowed besides, and what is denied whatever the policies allow. */
  readonly statements: readonly ProfileStatement[];
  readonly denials: readonly ProfileStatement[];
  /** Actions that a verification asks after: by simulation or, where that is denied, by one call each. */
  readonly prove: readonly string[];
  /** Whether an account that lacks one of them is refused, or connected with what is missing told. */
  readonly missing: 'tell' | 'refuse';
  /** The longest session of the role, in seconds. */
  readonly maxSessionSeconds: number;
  /** Why more than reading is asked for; null where it is not. */
  readonly broadReason: string | null;
  /** What people enter the account by; null where the service alone does. */
  readonly humanAccess: HumanAccess | null;
}

/** Actions on all resources, and what they come to in words. */
export interface ProfileStatement {
  readonly sid: string;
  readonly words: string;
  readonly actions: readonly string[];
}

/**
 * The profiles that stand under `templates/profiles`, by name. Throws where one cannot be taken, naming the file, the
 * line and column, and the field.
 */
export async function readProfiles(folder: URL): Promise<ReadonlyMap<string, Profile>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml')).sort();
  const profiles = await Promise.all(
    files.map(async (file) => parseProfile(file, await readFile(new URL(file, folder), 'utf8'))),
  );
  return new Map(profiles.map((profile) => [profile.name, profile]));
}
