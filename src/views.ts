import type { Config } from './config.js';
import type { Account } from './core/account.js';
import type { Client } from './core/client.js';
import { type Callback, type Launch, type LaunchKind, launchKind } from './core/launch.js';
import { Problem } from './core/problem.js';
import type { PageToken } from './core/token.js';
import { stackOfAccount } from './keeping/stack-of-account.js';
import { updateCommand } from './keeping/update-command.js';
import { launchLinks } from './onboarding/launch-links.js';
import { NEEDS_CALLBACK } from './onboarding/make-launch.js';
import type { OpenLaunch } from './onboarding/open-launch.js';
import { type Catalogue, templatePath } from './templates/catalogue.js';
import { launchRights } from './templates/launch-rights.js';
import type { Profile } from './templates/profiles.js';

/** What this deployment shows of stored things, with the addresses and templates that it adds. */
export function makeViews(config: Config, catalogue: Catalogue) {
  const { simulatorOrigin, publicUrl, templateBaseUrl } = config;
  const { partition } = config.trustedPrincipal;

  const templateFor = (client: Client, launch: Launch) =>
    catalogue.find(client.profile, launch.callback, launchKind(launch));

  const launchView = (client: Client, launch: Launch, token: PageToken | null) => {
    const template = templateFor(client, launch);
    // Its profile was taken away since.
    if (template === null) return { launch, templateUrl: null, links: null };
    const templateUrl = `${templateBaseUrl}/${templatePath(template)}`;
    const namesRoles = (catalogue.profiles.get(client.profile)?.humanAccess ?? null) !== null;
    const settings = { publicUrl, partition, simulatorOrigin, namesRoles };
    return {
      launch,
      templateUrl,
      links: token && launchLinks(settings, client, launch, token, templateUrl),
    };
  };

  const latestLaunch = (client: Client) => {
    const launch = client.launches.at(-1);
    return launch === undefined ? null : launchView(client, launch, null);
  };

  /** An account, and whether a newer template is published than the one that made its role. */
  const accountView = (client: Client, account: Account) => {
    const stack = stackOfAccount(client, account);
    const template = catalogue.find(client.profile, stack.callback, stack.kind);
    if (template === null) return { account, outdated: false, updateCommand: null };
    const outdated = account.templateVersion !== null && account.templateVersion !== template.version;
    const templateUrl = `${templateBaseUrl}/${templatePath(template)}`;
    // A template of a profile that has gone without people has no such parameter any more.
    const kept = catalogue.profiles.get(client.profile)?.humanAccess
      ? account
      : { ...account, humanRoleArn: null };
    const command = outdated ? updateCommand(kept, stack, { templateUrl }, simulatorOrigin) : null;
    return { account, outdated, updateCommand: command };
  };

  const profileView = (profile: Profile) => ({
    profile,
    templates: catalogue.templates
      .filter((template) => template.profile === profile.name)
      .map((template) => ({ ...template, url: `${templateBaseUrl}/${templatePath(template)}` })),
  });

  const knownProfile = (name: string): Profile => {
    const profile = catalogue.profiles.get(name);
    if (profile === undefined) throw new Problem('not-found', `There is no profile ${name}.`);
    return profile;
  };

  /** Throws `not-found` where there is no such profile, `request-invalid` where there is no such stack. */
  const templateOf = (name: string, callback: Callback, kind: LaunchKind) => {
    const profile = knownProfile(name);
    if (kind === 'organization' && callback === 'none')
      throw new Problem('request-invalid', 'There is no such template.', [NEEDS_CALLBACK]);
    return catalogue.template(profile.name, callback, kind);
  };

  /** What the launching person has to be allowed; null where the client's profile was taken away since. */
  const rightsView = ({ client, launch, token }: Pick<OpenLaunch, 'client' | 'launch' | 'token'>) => {
    const profile = catalogue.profiles.get(client.profile);
    const { templateUrl } = launchView(client, launch, token);
    if (profile === undefined || templateUrl === null) return null;
    const facts = { launch, partition, templateUrl, simulatorOrigin, profile };
    return launchRights(catalogue.launchRights(profile, launch.callback, launchKind(launch)), facts);
  };

  return {
    ...{ launchView, latestLaunch, accountView, rightsView },
    profiles: () => [...catalogue.profiles.values()].map(profileView),
    profileNamed: (name: string) => profileView(knownProfile(name)),
    templateOf,
    /** What a client is asked for; null where its profile was taken away since. */
    profile: (client: Client) => catalogue.profiles.get(client.profile) ?? null,
    /** The template of a link; null where the client's profile was taken away since. */
    template: templateFor,
  };
}
