import { launchKind } from '../../core/launch.js';
import type { LaunchLinks } from '../../onboarding/launch-links.js';
import type { OpenLaunch } from '../../onboarding/open-launch.js';
import type { Profile } from '../../templates/profiles.js';
import { entryForm, type Refused } from './account-entry.js';
import { checksOf, permissionsOf, readableCommand, utc } from './launch-facts.js';
import { launchPeople } from './launch-people.js';
import { acknowledgement, stackWords } from './launch-stack.js';
import { currentAccount, launchState } from './launch-state.js';
import { launchSteps } from './launch-steps.js';
import { wordsFor } from './launch-words.js';
import type { Letterhead } from './letterhead.js';
import { membersOf } from './organization-members.js';
import type { RegionChoice } from './region-choice.js';
import { render } from './render.js';

/** What the launch page is made of. Everything in it is escaped where it is put into the page. */
export interface LaunchPageView extends OpenLaunch, Letterhead {
  /** Null, like the template's address, where what it asks for is no longer offered. */
  readonly links: LaunchLinks | null;
  readonly templateUrl: string | null;
  readonly profile: Profile | null;
  /** The AWS account from which the client's role is entered. */
  readonly trustedAccountId: string;
  readonly now: number;
  readonly update: Update | null;
  /** Null where the platform has said in which region the stack is to be. */
  readonly choice: RegionChoice | null;
  /** What keeps the choice in this page's own addresses. */
  readonly query: string;
}

/** What brings a stack to a newer template. */
export interface Update {
  readonly region: string;
  readonly stackName: string;
  readonly templateUrl: string;
  /** For a POSIX shell. */
  readonly command: string;
}

/** The page behind a launch link, with the progress as it stands, and with what was entered and refused. */
export function launchPage(view: LaunchPageView, refused: Refused | null = null): string {
  return render('launch', pageModel(view, refused));
}

/**
 * The part of the page that changes while the stack is being made. It depends on nothing that moves by
 * itself, least of all `now`: what looks the same must be the same, or the stream would repeat itself.
 */
export function launchProgress(view: LaunchPageView): string {
  return render('progress', progressModel(view));
}

/** The page for a link that nobody has, or no longer. */
export function missingPage(head: Letterhead): string {
  return render('missing', head);
}

function progressModel(view: LaunchPageView) {
  const state = launchState(view);
  const account = currentAccount(view);
  const members = membersOf(view);
  return {
    ...view,
    state,
    utc,
    members,
    words: wordsFor(state, { ...view, members }, account),
    closed: state === 'expired' || state === 'revoked' || state === 'used',
    steps: launchSteps(view),
    failure: state === 'disconnected' ? null : (account?.verdict?.failure ?? null),
    checks: account?.verdict && state !== 'disconnected' ? checksOf(account.verdict, account) : [],
    offer: offerOf(view),
    others: members === null ? view.accounts.filter((other) => other !== account) : [],
  };
}

/** What becomes of the link and of the template while the account stays what it is: the page has to follow that, too. */
function offerOf({ status, update }: LaunchPageView): string {
  return update === null ? status : `${status} update`;
}

function pageModel(view: LaunchPageView, refused: Refused | null) {
  const { launch, links, status, now } = view;
  const progress = progressModel(view);
  const { state } = progress;
  const enters = launch.callback === 'none';
  // A number can be entered before there is a stack, so that both are offered while it is tried.
  const busy = state === 'verifying' && !enters;
  // A link that has been used up lets the accounts that it connected come back until it expires.
  const comesBack = state === 'disconnected' || state === 'verifying';
  const isOrganization = launchKind(launch) === 'organization';
  // Its members are no business of whoever reads the page: CloudFormation rolls the stack out to them.
  const done = isOrganization && (state === 'connected' || state === 'degraded');
  const inTime = launch.revokedAt === null && launch.expiresAt > now;
  const lets =
    links !== null && !busy && !done && state !== 'used' && inTime && (status === 'open' || comesBack);
  const entry = enters && lets ? entryForm(launch, state, currentAccount(view), refused) : null;
  return {
    ...progress,
    launchUrl: lets ? links.quickCreateUrl : null,
    byHand: lets ? byHand(view, links) : null,
    entry,
    fault: entry === null ? (refused?.fault ?? notOffered(view)) : null,
    // What is being typed would be lost.
    refreshes: entry === null && (state === 'waiting' || state === 'verifying' || (done && inTime)),
    isOrganization,
    permissions: permissionsOf(view.profile),
    people: launchPeople(view.profile),
    stack: stackWords(launch, view),
  };
}

/** Whoever is to launch has to be told that there is nothing to launch. */
function notOffered({ links, status }: LaunchPageView): string | null {
  if (links !== null || status !== 'open') return null;
  return 'What this link asks for is no longer offered. Ask for a new link.';
}

/** What the other ways to make the stack take. */
function byHand(
  { client, launch, profile, templateUrl }: LaunchPageView,
  { callbackUrl, commands }: LaunchLinks,
) {
  const told = callbackUrl === null ? ['RoleName', launch.stackName] : ['CallbackUrl', callbackUrl];
  return {
    awsCli: readableCommand(commands.awsCli),
    terraform: commands.terraform,
    acknowledgement: acknowledgement(launch, profile),
    values: [
      ['Amazon S3 URL', templateUrl ?? ''],
      ['Stack name', launch.stackName],
      ['ExternalId', client.externalId],
      told,
      ...(launchKind(launch) === 'organization'
        ? [['OrganizationalUnitIds', 'yours: ou-…, or r-… for all']]
        : []),
    ],
  };
}
