import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { LaunchLinks } from '../../onboarding/launch-links.js';
import type { OpenLaunch } from '../../onboarding/open-launch.js';
import type { Profile } from '../../templates/profiles.js';
import { entryForm, type Refused } from './account-entry.js';
import { checksOf, permissionsOf, readableCommand, utc } from './launch-facts.js';
import { acknowledgement, stackWords } from './launch-stack.js';
import { currentAccount, launchState } from './launch-state.js';
import { launchSteps } from './launch-steps.js';
import { wordsFor } from './launch-words.js';

/** What the launch page is made of. Everything in it is escaped where it is put into the page. */
export interface LaunchPageView extends OpenLaunch {
  readonly links: LaunchLinks | null;
  readonly templateUrl: string;
  readonly profile: Profile | null;
  /** Who asks, in the words that the client knows it by. */
  readonly operatorName: string;
  /** The AWS account from which the client's role is entered. */
  readonly trustedAccountId: string;
  readonly now: number;
  readonly update: Update | null;
}

/** What brings a stack to a newer template. */
export interface Update {
  readonly region: string;
  readonly stackName: string;
  readonly templateUrl: string;
  /** For a POSIX shell. */
  readonly command: string;
}

const eta = new Eta({
  views: fileURLToPath(new URL('./views', import.meta.url)),
  cache: true,
  autoEscape: true,
});

/** The page behind a launch link, with the progress as it stands, and with what was entered and refused. */
export function launchPage(view: LaunchPageView, refused: Refused | null = null): string {
  return eta.render('./launch', pageModel(view, refused));
}

/**
 * The part of the page that changes while the stack is being made. It depends on nothing that moves by
 * itself, least of all `now`: what looks the same must be the same, or the stream would repeat itself.
 */
export function launchProgress(view: LaunchPageView): string {
  return eta.render('./progress', progressModel(view));
}

/** The page for a link that nobody has, or no longer. */
export function missingPage(): string {
  return eta.render('./missing', {});
}

function progressModel(view: LaunchPageView) {
  const state = launchState(view);
  const account = currentAccount(view.accounts);
  return {
    ...view,
    state,
    utc,
    words: wordsFor(state, view, account),
    steps: launchSteps(view),
    failure: state === 'disconnected' ? null : (account?.verdict?.failure ?? null),
    checks: account?.verdict && state !== 'disconnected' ? checksOf(account.verdict, account) : [],
    others: view.accounts.filter((other) => other !== account),
  };
}

function pageModel(view: LaunchPageView, refused: Refused | null) {
  const { launch, links, status, now } = view;
  const progress = progressModel(view);
  const { state } = progress;
  const enters = launch.callback === 'none';
  // A number can be entered before there is a stack, so that both are offered while it is tried.
  const busy = state === 'verifying' && !enters;
  // A link that has been used up lets the accounts that it connected come back until it expires.
  const back = state === 'disconnected' || state === 'verifying';
  const comesBack = back && launch.revokedAt === null && launch.expiresAt > now;
  const lets = links !== null && !busy && (status === 'open' || comesBack);
  const entry = enters && lets ? entryForm(launch, state, currentAccount(view.accounts), refused) : null;
  return {
    ...progress,
    launchUrl: lets ? links.quickCreateUrl : null,
    byHand: lets ? byHand(view, links) : null,
    entry,
    fault: entry === null ? (refused?.fault ?? null) : null,
    closed: state === 'expired' || state === 'revoked' || state === 'used',
    // What is being typed would be lost.
    refreshes: entry === null && (state === 'waiting' || state === 'verifying'),
    permissions: permissionsOf(view.profile),
    stack: stackWords(launch, view),
  };
}

/** What the other ways to make the stack take. */
function byHand({ client, launch, templateUrl }: LaunchPageView, { callbackUrl, commands }: LaunchLinks) {
  const told = callbackUrl === null ? ['RoleName', launch.stackName] : ['CallbackUrl', callbackUrl];
  return {
    awsCli: readableCommand(commands.awsCli),
    terraform: commands.terraform,
    acknowledgement: acknowledgement(launch),
    values: [
      ['Amazon S3 URL', templateUrl],
      ['Stack name', launch.stackName],
      ['ExternalId', client.externalId],
      told,
    ],
  };
}
