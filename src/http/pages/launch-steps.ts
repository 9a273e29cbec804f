import type { Account } from '../../core/account.js';
import { launchKind } from '../../core/launch.js';
import type { OpenLaunch } from '../../onboarding/open-launch.js';
import { currentAccount, type LaunchState, launchState, standingOf } from './launch-state.js';
import { membersOf } from './organization-members.js';

/** One line of the progress. `at` is in milliseconds since the epoch, null where the time is not known. */
export interface LaunchStep {
  readonly label: string;
  readonly detail: string | null;
  readonly at: number | null;
  readonly status: 'done' | 'now' | 'todo' | 'failed';
}

interface Subject extends OpenLaunch {
  readonly operatorName: string;
}

/** The progress as steps, in the order in which they happen. */
export function launchSteps(subject: Subject): readonly LaunchStep[] {
  const { launch } = subject;
  const state = launchState(subject);
  const account = currentAccount(subject);
  const opened = step('Link opened', 'done', launch.openedAt);
  const ended = linkEnd(subject, state);
  if (account !== undefined && !(state === 'revoked' && account.trying))
    return [opened, ...accountSteps(account, subject), ...memberSteps(subject, state), ...ended];
  // Whoever comes too late has opened a link that was over, which is no step towards anything.
  const cameLate = ended.some(({ at }) => launch.openedAt === null || launch.openedAt > (at ?? Infinity));
  if (ended.length > 0) return cameLate ? ended : [opened, ...ended];
  return [opened, ...stepsAhead(subject), ...memberSteps(subject, state)];
}

/** What the last step of an account is called: of an organization it is not the last of all. */
function goal({ launch }: Subject): string {
  return launchKind(launch) === 'organization' ? 'Management account connected' : 'Connected';
}

/** What comes after an organization's management account, for as long as anything may come. */
function memberSteps({ launch, accounts }: Subject, state: LaunchState): readonly LaunchStep[] {
  if (launchKind(launch) === 'account' || state === 'rejected' || state === 'undecided') return [];
  const { connected = 0 } = membersOf({ launch, accounts }) ?? {};
  if (connected > 0) {
    const label = connected === 1 ? '1 member connected' : `${connected} members connected`;
    return [step(label, 'done')];
  }
  if (state === 'disconnected' || state === 'degraded' || launch.revokedAt !== null) return [];
  const detail = 'CloudFormation makes a stack in each account of the units that you choose.';
  return [step('Members connected', state === 'connected' ? 'now' : 'todo', null, detail)];
}

function stepsAhead(subject: Subject): readonly LaunchStep[] {
  const { launch, operatorName } = subject;
  const tests =
    launchKind(launch) === 'organization'
      ? `${operatorName} tests the role, that others cannot use it, and that this is the management account.`
      : `${operatorName} tests the role, and that others cannot use it.`;
  const first =
    launch.callback === 'none'
      ? [
          step(
            'Launch the stack',
            'now',
            null,
            'This page cannot see that. The number tells it where to look.',
          ),
          step('Account number entered', 'todo'),
        ]
      : [
          step('Start the stack', 'now', null, 'It begins when you choose Create stack in CloudFormation.'),
          step('Role made', 'todo'),
        ];
  return [...first, step('Verifying', 'todo', null, tests), step(goal(subject), 'todo')];
}

/** Past this a stack has given up waiting for its answer (the template's ServiceTimeout), in milliseconds. */
const LONGEST_STACK = 300_000;

function accountSteps(account: Account, subject: Subject): readonly LaunchStep[] {
  const { verdict, lastVerifiedAt, connectedAt, trying } = account;
  const status = standingOf(account);
  const made = account.stackId === null ? [entered(account, subject)] : stackSteps(account);
  const attempts = verdict?.attempts ?? trying?.attempts ?? subject.attempts;
  if (status === 'verifying') {
    const label = attempts > 0 ? `Verifying (attempt ${attempts})` : 'Verifying';
    return [...made, step(label, 'now', null, patience(account, attempts)), step(goal(subject), 'todo')];
  }
  const tried = attempts > 0 ? counted(attempts) : null;
  if (status === 'undecided')
    return [...made, step('Not verified', 'failed', lastVerifiedAt, tried), step(goal(subject), 'todo')];
  if (status === 'rejected') {
    const label = attempts > 0 ? 'Verification failed' : 'Refused before it was verified';
    return [...made, step(label, 'failed', lastVerifiedAt, tried), step(goal(subject), 'todo')];
  }
  // Where a later check has failed, the verdict is that check's and no longer the one that connected.
  const verified = step('Verified', 'done', connectedAt, status === 'connected' ? tried : null);
  const connected = [...made, verified, step(goal(subject), 'done', connectedAt)];
  if (status === 'degraded')
    return [...connected, step('A later check failed', 'failed', lastVerifiedAt, tried)];
  return status === 'disconnected' ? [...connected, step('Access ended', 'failed')] : connected;
}

function stackSteps(account: Account): readonly LaunchStep[] {
  const { lastVerifiedAt, connectedAt, createdAt } = account;
  const status = standingOf(account);
  // An account that is tried again keeps the time of its first stack, which is not this one's.
  const end = status === 'rejected' || status === 'undecided' ? lastVerifiedAt : connectedAt;
  const retried = status === 'verifying' ? lastVerifiedAt !== null : (end ?? 0) - createdAt > LONGEST_STACK;
  const startedAt = retried ? null : createdAt;
  return [
    step('Stack started', 'done', startedAt, `In AWS account ${account.accountId}`),
    step('Role made', 'done', startedAt, account.roleArn),
  ];
}

/** An account whose number was entered: when it was first, where that was on this link. */
function entered({ accountId, createdAt, roleArn }: Account, { launch }: Subject): LaunchStep {
  const at = createdAt >= launch.createdAt ? createdAt : null;
  return step(`Account number ${accountId} entered`, 'done', at, roleArn);
}

function patience({ trying }: Account, attempts: number): string {
  if (trying === null) return 'A new role can take AWS a minute to make known.';
  if (attempts === 0) return 'Trying to enter the role.';
  return 'AWS has not let it in so far: the stack is not complete, or the number is not its account’s.';
}

function linkEnd({ launch }: Subject, state: LaunchState): readonly LaunchStep[] {
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
