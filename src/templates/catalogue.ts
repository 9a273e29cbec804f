import { readFile } from 'node:fs/promises';
import type { Callback, LaunchKind } from '../core/launch.js';
import { peopleOf } from './human-access.js';
import { type RightsSource, readLaunchRights } from './launch-rights.js';
import { type Profile, readProfiles } from './profiles.js';
import { renderTemplate, type Source, type Template, type TrustedPrincipal } from './render.js';

/** Every template that this deployment hands out, and what can be asked for. */
export interface Catalogue {
  readonly profiles: ReadonlyMap<string, Profile>;
  /** Why some of the profiles' files are not among them: a line of text for each. */
  readonly left: readonly string[];
  readonly templates: readonly Template[];
  /** Null where there is no such template: a profile that clients have may be taken away. */
  readonly find: (profile: string, callback: Callback, kind?: LaunchKind) => Template | null;
  /** Throws where there is no such template. */
  readonly template: (profile: string, callback: Callback, kind?: LaunchKind) => Template;
  /** What a person needs to be allowed to make a stack of this profile and kind that calls back like this. */
  readonly launchRights: (profile: Profile, callback: Callback, kind: LaunchKind) => RightsSource;
}

const FOLDER = new URL('../../templates/', import.meta.url);
/** What stacks there are. Each member of an organization reports by its own, so there is none that does not. */
const STACKS: readonly (readonly [LaunchKind, Callback])[] = [
  ['account', 'sns'],
  ['account', 'lambda'],
  ['account', 'none'],
  ['organization', 'sns'],
  ['organization', 'lambda'],
];

/**
 * Reads the profiles and renders each template once. A profile that people of the central account enter by is not
 * offered where there is no such account.
 */
export async function readCatalogue(
  principal: TrustedPrincipal,
  centralAccountId: string | null = null,
): Promise<Catalogue> {
  const profiles = new Map<string, Profile>();
  const left: string[] = [];
  for (const profile of (await readProfiles(new URL('profiles/', FOLDER))).values()) {
    const offered = peopleOf(profile, principal, centralAccountId);
    if (typeof offered === 'string') left.push(offered);
    else profiles.set(profile.name, offered);
  }
  const templates: Template[] = [];
  const rights = new Map<string, RightsSource>();
  for (const [kind, callback] of STACKS) {
    const source = await readSource(callback, kind);
    for (const people of [false, true])
      rights.set(`${kind} ${callback} ${people}`, await readLaunchRights(callback, kind, people));
    for (const profile of profiles.values()) templates.push(renderTemplate(source, profile, principal));
  }
  const find = (profile: string, callback: Callback, kind: LaunchKind = 'account') =>
    templates.find((one) => one.profile === profile && one.callback === callback && one.kind === kind) ??
    null;
  return {
    profiles,
    left,
    templates,
    launchRights: ({ humanAccess }, callback, kind) =>
      rights.get(`${kind} ${callback} ${humanAccess !== null}`),
    find,
    template: (profile, callback, kind) => {
      const found = find(profile, callback, kind);
      if (found === null) throw new Error(`there is no template for ${profile} by ${callback}, ${kind}`);
      return found;
    },
  };
}

/** Reads a template's source as a client can read it, and the code of its function where it has one. */
export async function readSource(callback: Callback, kind: LaunchKind = 'account'): Promise<Source> {
  const text = (file: string) => readFile(new URL(file, FOLDER), 'utf8');
  return {
    callback,
    yaml: await text(`connect-${callback}.yaml`),
    code: callback === 'lambda' ? await text('function/index.js') : null,
    organization: kind === 'organization' ? await text('organization.yaml') : null,
    humanRole: await text('human-role.yaml'),
  };
}

/** Where a template stands below the base address: its content's version is in the path, so it never changes. */
export function templatePath({ version, profile, callback, kind }: Template): string {
  return `${version}/${profile}-${callback}${kind === 'organization' ? '-organization' : ''}.yaml`;
}
