import type { Account, AccountStatus } from '../../core/account.js';
import type { Launch } from '../../core/launch.js';
import { stackNameOf } from './launch-facts.js';

/** What a launch page says in one word: where its account stands, or else what became of its link. */
export type LaunchState = AccountStatus | 'waiting' | 'expired' | 'revoked' | 'used';

/** The sentences of a launch page that depend on how things stand. */
export interface LaunchWords {
  /** The browser's tab, which is all that is seen of the page while the console is open. */
  readonly tab: string;
  /** What the page is about. */
  readonly heading: string;
  /** How things stand, in one sentence. */
  readonly state: string;
  /** What that means for the reader. */
  readonly note: string;
  /** A sign for it, where it has come to something. */
  readonly mark: 'done' | 'failed' | null;
  /** What stands on the button, and with it. */
  readonly button: string;
  readonly hint: string;
}

interface Subject {
  readonly launch: Launch;
  readonly operatorName: string;
}

/** Says how things stand; `account` is the one that the page is about, where there is one. */
export function wordsFor(state: LaunchState, subject: Subject, account: Account | undefined): LaunchWords {
  const { operatorName, launch } = subject;
  const named = account === undefined ? 'Your AWS account' : `AWS account ${account.accountId}`;
  const asks = 'asks to enter your AWS account';
  const gone = 'This link no longer works';
  const hint =
    `Opens CloudFormation in ${launch.region} in a new tab, with everything filled in. Look it over, tick ` +
    'the box that allows IAM resources and choose Create stack. Then come back here.';
  const again = 'Delete the stack that failed first. Then this link can be used again.';
  const whom = `Ask whoever sent it to you at ${operatorName} for a new one.`;
  const words: Readonly<Record<LaunchState, LaunchWords>> = {
    waiting: {
      tab: 'Connect an AWS account',
      heading: asks,
      state: 'Waiting for your stack',
      note: 'Nothing has been created yet. This page follows by itself once the stack starts.',
      mark: null,
      button: 'Launch stack',
      hint,
    },
    verifying: {
      tab: 'Verifying…',
      heading: asks,
      state: `Verifying ${named}`,
      note: `${operatorName} is testing the role. There is nothing for you to do.`,
      mark: null,
      button: 'Launch stack',
      hint,
    },
    connected: {
      tab: 'Connected',
      heading: 'can enter your AWS account',
      state: `${named} is connected`,
      note: `You can close this page. ${endWith(account)}`,
      mark: 'done',
      button: 'Launch stack',
      hint: `This link lets in further accounts. ${hint}`,
    },
    degraded: {
      tab: 'Needs attention',
      heading: 'has trouble entering your AWS account',
      state: `${named} is connected, but its last check failed`,
      note: `${operatorName} goes on checking, and this page shows when it works again.`,
      mark: 'failed',
      button: 'Launch stack',
      hint,
    },
    rejected: {
      tab: 'Refused',
      heading: asks,
      state: `${named} was refused`,
      note: 'The stack fails for this reason and CloudFormation takes back what it made.',
      mark: 'failed',
      button: 'Launch stack again',
      hint: again,
    },
    disconnected: {
      tab: 'Access ended',
      heading: 'no longer enters your AWS account',
      state: `Access to ${named.replace(/^Y/, 'y')} has ended`,
      note: `The stack was deleted, or ${operatorName} gave the account up. If the stack is still there, delete it: that takes the role away too.`,
      mark: null,
      button: 'Launch stack again',
      hint: `To give access again, launch the stack anew. ${hint}`,
    },
    expired: {
      tab: 'Link expired',
      heading: gone,
      state: 'This link has expired',
      note: `Nothing can be created with it any more. ${whom}`,
      mark: null,
      button: 'Launch stack',
      hint,
    },
    revoked: {
      tab: 'Link withdrawn',
      heading: gone,
      state: 'This link has been withdrawn',
      note: `${operatorName} has withdrawn it, so nothing can be created with it any more. ${whom}`,
      mark: null,
      button: 'Launch stack',
      hint,
    },
    used: {
      tab: 'Link used',
      heading: gone,
      state: 'This link has been used',
      note: `It has let in as many AWS accounts as it was made for. To connect another: ${whom.replace(/^A/, 'a')}`,
      mark: null,
      button: 'Launch stack',
      hint,
    },
  };
  return words[state];
}

function endWith(account: Account | undefined): string {
  const name = account?.stackId ? stackNameOf(account.stackId) : null;
  if (name === null) return 'To end the access, delete the role.';
  return `To end the access, delete the stack ${name} in ${account?.region ?? 'its region'}.`;
}
