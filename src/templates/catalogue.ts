import { readFile } from 'node:fs/promises';
import type { Callback } from '../core/launch.js';
import { type RightsSource, readLaunchRights } from './launch-rights.js';
import { type Profile, readProfiles } from './profiles.js';
import { renderTemplate, type Source, type Template, type TrustedPrincipal } from './render.js';

/** Every template that this deployment hands out, and what can be asked for. */
export interface Catalogue {
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly templates: readonly Template[];
  /** Throws where there is no such template; profiles are checked where a client is invited. */
  readonly template: (profile: string, callback: Callback) => Template;
  /** What a person needs to be allowed to make a stack that calls back like this. */
  readonly launchRights: (callback: Callback) => RightsSource;
}

const FOLDER = new URL('../../templates/', import.meta.url);
const CALLBACKS: readonly Callback[] = ['sns', 'lambda', 'none'];

/** Reads the profiles and renders each template once. */
export async function readCatalogue(principal: TrustedPrincipal): Promise<Catalogue> {
  const profiles = await readProfiles(new URL('profiles/', FOLDER));
  const templates: Template[] = [];
  const rights = new Map<Callback, RightsSource>();
  for (const callback of CALLBACKS) {
    const source = await readSource(callback);
    rights.set(callback, await readLaunchRights(callback));
    for (const profile of profiles.values()) templates.push(renderTemplate(source, profile, principal));
  }
  return {
    profiles,
    templates,
    launchRights: (callback) => rights.get(callback),
    template: (profile, callback) => {
      const found = templates.find((one) => one.profile === profile && one.callback === callback);
      if (found === undefined) throw new Error(`there is no template for ${profile} by ${callback}`);
      return found;
    },
  };
}

/** Reads a template's source as a client can read it, and the code of its function where it has one. */
export async function readSource(callback: Callback): Promise<Source> {
  const text = (file: string) => readFile(new URL(file, FOLDER), 'utf8');
  return {
    callback,
    yaml: await text(`connect-${callback}.yaml`),
    code: callback === 'lambda' ? await text('function/index.js') : null,
  };
}

/** Where a template stands below the base address: its content's version is in the path, so it never changes. */
export function templatePath({ version, profile, callback }: Template): string {
  return `${version}/${profile}-${callback}.yaml`;
}
