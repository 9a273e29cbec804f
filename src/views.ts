import type { Config } from './config.js';
import type { Account } from './core/account.js';
import type { Client } from './core/client.js';
import type { Callback, Launch } from './core/launch.js';
import { Problem } from './core/problem.js';
import type { PageToken } from './core/token.js';
import { callbackOfAccount } from './keeping/show-rotation.js';
import { updateCommand } from './keeping/update-command.js';
import { launchLinks } from './onboarding/launch-links.js';
import { type Catalogue, templatePath } from './templates/catalogue.js';
import type { Profile } from './templates/profiles.js';

/** What this deployment shows of stored things, with the addresses and templates that it adds. */
export function makeViews(config: Config, catalogue: Catalogue) {
  const { simulatorOrigin, publicUrl, templateBaseUrl } = config;
  const { partition } = config.trustedPrincipal;

  const launchView = (client: Client, launch: Launch, token: PageToken | null) => {
    const template = catalogue.template(client.profile, launch.callback);
    const templateUrl = `${templateBaseUrl}/${templatePath(template)}`;
    const settings = { publicUrl, partition, simulatorOrigin };
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
    const callback = callbackOfAccount(client, account.launchId);
    const template = catalogue.template(client.profile, callback);
    const outdated = account.templateVersion !== null && account.templateVersion !== template.version;
    const templateUrl = `${templateBaseUrl}/${templatePath(template)}`;
    const command = outdated ? updateCommand(account, callback, { templateUrl }, simulatorOrigin) : null;
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

  return {
    ...{ launchView, latestLaunch, accountView },
    profiles: () => [...catalogue.profiles.values()].map(profileView),
    profileNamed: (name: string) => profileView(knownProfile(name)),
    templateOf: (name: string, callback: Callback) => catalogue.template(knownProfile(name).name, callback),
    /** What a client is asked for; null where its profile was taken away since. */
    profile: (client: Client) => catalogue.profiles.get(client.profile) ?? null,
    template: (client: Client, launch: Launch) => catalogue.template(client.profile, launch.callback),
  };
}
