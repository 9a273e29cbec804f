import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Account } from '../../core/account.js';
import type { LaunchLinks } from '../../onboarding/launch-links.js';
import type { OpenLaunch } from '../../onboarding/open-launch.js';
import type { Profile } from '../../templates/profiles.js';
import { checksOf, permissionsOf, readableCommand, utc } from './launch-facts.js';
import { type LaunchState, wordsFor } from './launch-words.js';

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
}

/** One line of the progress. `at` is in milliseconds since the epoch, null where the time is not known. */
export interface LaunchStep {
  readonly label: string;
  readonly detail: string | null;
  readonly at: number | null;
  readonly status: 'done' | 'now' | 'todo' | 'failed';
}

const eta = new Eta({
  views: fileURLToPath(new URL('./views', import.meta.url)),
  cache: true,
  autoEscape: true,
});

/** The page behind a launch link, with the progress as it stands. */
export function launchPage(view: LaunchPageView): string {
  return eta.render('./launch', pageModel(view));
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

/** What the page says, in one word: the account that moved last counts, then the link itself. */
export function launchState({ accounts, status }: Pick<OpenLaunch, 'accounts' | 'status'>): LaunchState {
  const last = currentAccount(accounts)?.status;
  if (last === 'verifying' || last === 'connected' || last === 'degraded') return last;
  if (status === 'expired' || status === 'revoked') return status;
  if (last !== undefined) return last;
  return status === 'used' ? 'used' : 'waiting';
}

/** The progress as steps, in the order in which they happen. */
export function launchSteps(view: LaunchPageView): readonly LaunchStep[] {
  const { launch, operatorName } = view;
  const state = launchState(view);
  const account = currentAccount(view.accounts);
  const opened = step('Link opened', 'done', launch.openedAt);
  const ended = linkEnd(view, state);
  if (account !== undefined) return [opened, ...accountSteps(account, view), ...ended];
  if (ended.length > 0) return launch.openedAt === null ? ended : [opened, ...ended];
  return [
    opened,
    step('Start the stack', 'now', null, 'It begins when you choose Create stack in CloudFormation.'),
    step('Role made', 'todo'),
    step('Verifying', 'todo', null, `${operatorName} tests the role, and that others cannot use it.`),
    step('Connected', 'todo'),
  ];
}

/** Past this a stack has given up waiting for its answer (the template's ServiceTimeout), in milliseconds. */
const LONGEST_STACK = 300_000;

function accountSteps(account: Account, view: LaunchPageView): readonly LaunchStep[] {
  const { status, verdict, lastVerifiedAt, connectedAt } = account;
  // An account that is tried again keeps the time of its first stack, which is not this one's.
  const end = status === 'rejected' ? lastVerifiedAt : connectedAt;
  const retried =
    status === 'verifying' ? lastVerifiedAt !== null : (end ?? 0) - account.createdAt > LONGEST_STACK;
  const startedAt = retried ? null : account.createdAt;
  const made = [
    step('Stack started', 'done', startedAt, `In AWS account ${account.accountId}`),
    step('Role made', 'done', startedAt, account.roleArn),
  ];
  const attempts = verdict?.attempts ?? view.attempts;
  if (status === 'verifying') {
    const label = attempts > 0 ? `Verifying (attempt ${attempts})` : 'Verifying';
    return [
      ...made,
      step(label, 'now', null, 'A new role can take AWS a minute to make known.'),
      step('Connected', 'todo'),
    ];
  }
  const tried = attempts > 0 ? counted(attempts) : null;
  if (status === 'rejected') {
    const label = attempts > 0 ? 'Verification failed' : 'Refused before it was verified';
    return [...made, step(label, 'failed', lastVerifiedAt, tried), step('Connected', 'todo')];
  }
  // Where a later check has failed, the verdict is that check's and no longer the one that connected.
  const verified = step('Verified', 'done', connectedAt, status === 'connected' ? tried : null);
  const connected = [...made, verified, step('Connected', 'done', connectedAt)];
  if (status === 'degraded')
    return [...connected, step('A later check failed', 'failed', lastVerifiedAt, tried)];
  return status === 'disconnected' ? [...connected, step('Access ended', 'failed')] : connected;
}

function linkEnd({ launch }: LaunchPageView, state: LaunchState): readonly LaunchStep[] {
  if (state === 'expired') return [step('Link expired', 'failed', launch.expiresAt)];
  if (state === 'revoked') return [step('Link withdrawn', 'failed', launch.revokedAt)];
  return state === 'used' ? [step('Link used up', 'failed')] : [];
}

function step(
  label: string,
  status: LaunchStep['status'],
  at: number | null = null,
  detail: string | null = null,
): LaunchStep {
  return { label, detail, at, status };
}

function counted(attempts: number): string {
  return attempts === 1 ? 'At the first attempt' : `After ${attempts} attempts`;
}

/** The account that the page is about: the one being verified, else the one that moved last. */
function currentAccount(accounts: readonly Account[]): Account | undefined {
  return accounts.findLast(({ status }) => status === 'verifying') ?? accounts.at(-1);
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
    checks: account?.verdict && state !== 'disconnected' ? checksOf(account.verdict) : [],
    others: view.accounts.filter((other) => other !== account),
  };
}

function pageModel(view: LaunchPageView) {
  const { launch, links, status, now } = view;
  const progress = progressModel(view);
  const { state } = progress;
  // A link that has been used up lets the accounts that it connected come back until it expires.
  const comesBack = state === 'disconnected' && launch.revokedAt === null && launch.expiresAt > now;
  const lets = links !== null && state !== 'verifying' && (status === 'open' || comesBack);
  return {
    ...progress,
    launchUrl: lets ? links.quickCreateUrl : null,
    byHand: lets ? { ...links, awsCli: readableCommand(links.commands.awsCli) } : null,
    closed: state === 'expired' || state === 'revoked' || state === 'used',
    refreshes: state === 'waiting' || state === 'verifying',
    permissions: permissionsOf(view.profile),
  };
}
