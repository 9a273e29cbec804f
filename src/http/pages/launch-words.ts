import type { Account } from '../../core/account.js';
import type { Launch } from '../../core/launch.js';
import type { Profile } from '../../templates/profiles.js';
import { stackNameOf } from './launch-facts.js';
import { acknowledgement } from './launch-stack.js';
import type { LaunchState } from './launch-state.js';
import type { Members } from './organization-members.js';
import { organizationWords } from './organization-words.js';

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
  /** When to give up waiting, and how to start over; null where nothing is waited for. */
  readonly startOver: { readonly question: string; readonly answer: string } | null;
}

interface Subject {
  readonly launch: Launch;
  readonly profile: Profile | null;
  readonly operatorName: string;
  readonly members: Members | null;
}

/** Says how things stand; `account` is the one that the page is about, where there is one. */
export function wordsFor(state: LaunchState, subject: Subject, account: Account | undefined): LaunchWords {
  const { operatorName, launch } = subject;
  const enters = launch.callback === 'none';
  const named = account === undefined ? 'Your AWS account' : `AWS account ${account.accountId}`;
  const asks = 'asks to enter your AWS account';
  const gone = 'This link no longer works';
  const hint =
    `Opens CloudFormation in ${launch.region} in a new tab, with everything filled in. Look it over, tick ` +
    `“${acknowledgement(launch, subject.profile)}” and choose Create stack. Then come back here.`;
  const whom = `Ask whoever sent it to you at ${operatorName} for a new one.`;
  const ended = enters ? ' If you have launched the stack already, delete it.' : '';
  const words: Readonly<Record<LaunchState, Omit<LaunchWords, 'startOver'>>> = {
    waiting: {
      tab: 'Connect an AWS account',
      heading: asks,
      state: enters ? 'Waiting for your account number' : 'Waiting for your stack',
      note: enters
        ? `Launch the stack, then enter the number. The other way round is fine, too: ${operatorName} keeps trying until this link expires.`
        : 'Nothing has been created yet. This page follows by itself once the stack starts.',
      mark: null,
      button: 'Launch stack',
      hint,
    },
    verifying: {
      tab: 'Verifying…',
      heading: asks,
      state: `Verifying ${named}`,
      note: enters
        ? `Launch the stack now, if you have not yet. ${operatorName} keeps trying until this link expires, even if you close this page.`
        : `${operatorName} is testing the role. There is nothing for you to do.`,
      mark: null,
      button: 'Launch stack',
      hint,
    },
    connected: {
      tab: 'Connected',
      heading: 'can enter your AWS account',
      state: `${named} is connected`,
      note: `You can close this page. ${endWith(account, launch)}`,
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
    undecided: {
      tab: 'Not verified',
      heading: asks,
      state: `${named} could not be verified`,
      note: 'The stack fails for this reason and CloudFormation takes back what it made.',
      mark: 'failed',
      button: 'Launch stack again',
      hint: 'Delete the stack that failed first. Then this link can be used again.',
    },
    rejected: {
      tab: 'Refused',
      heading: asks,
      state: `${named} was refused`,
      note: enters
        ? 'The stack, if there is one, is still in your account.'
        : 'The stack fails for this reason and CloudFormation takes back what it made.',
      mark: 'failed',
      button: 'Launch stack again',
      hint: enters
        ? 'Delete the old stack first, since a second one cannot have its name. Then launch it again and enter the number again.'
        : 'Delete the stack that failed first. Then this link can be used again.',
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
      note: `Nothing can be created with it any more.${ended} ${whom}`,
      mark: null,
      button: 'Launch stack',
      hint,
    },
    revoked: {
      tab: 'Link withdrawn',
      heading: gone,
      state: 'This link has been withdrawn',
      note: `${operatorName} has withdrawn it, so nothing can be created with it any more.${ended} ${whom}`,
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
  const ending = endWith(account, launch);
  const ofMany = organizationWords(state, { ...subject, named, ending });
  return { ...words[state], startOver: startOver(state, subject), ...ofMany };
}

/**
 * The longest that a stack takes to start, and to be done, in minutes: its role and its topic or function take one
 * or two, and the template's ServiceTimeout five.
 */
const LONGEST = 7;

function startOver(state: LaunchState, { launch, operatorName }: Subject): LaunchWords['startOver'] {
  const { callback } = launch;
  const over = 'To start over, delete the stack there, then launch it again here';
  const look = 'Its Events in CloudFormation say more.';
  if (state === 'waiting' && callback === 'none')
    return { question: 'The stack fails, or does not start?', answer: `${look} ${over}.` };
  if (state === 'verifying' && callback === 'none')
    return {
      question: 'Not connected 5 minutes after the stack says CREATE_COMPLETE?',
      answer: `Check the account number and choose Try now. If that changes nothing, look at the stack in CloudFormation. ${over}, and leave its values as they are.`,
    };
  const lost = callback === 'lambda' ? 'its function’s call was lost' : 'its topic’s notice was lost';
  // An organization's policies often forbid Lambda, and a stack that they stop tells nobody.
  const denied =
    callback === 'lambda'
      ? ` If they say that Lambda is denied, your organization does not allow functions: ask ${operatorName} for a link whose stack has none.`
      : '';
  if (state === 'waiting')
    return {
      question: `Nothing new here ${LONGEST} minutes after Create stack?`,
      answer: `Then the stack did not start, or ${lost}. ${look} ${over}.${denied}`,
    };
  if (state === 'verifying')
    return {
      question: `No result after ${LONGEST} minutes?`,
      answer: `Look at the stack in CloudFormation: its Events say more. To start over, delete it there, then load this page again.`,
    };
  return null;
}

function endWith(account: Account | undefined, launch: Launch): string {
  const { callback, stackName } = launch;
  const name = account?.stackId ? stackNameOf(account.stackId) : null;
  if (name !== null)
    return `To end the access, delete the stack ${name} in ${account?.region ?? 'its region'}.`;
  // Such a stack does not tell where it was made.
  const where = launch.regionOpen ? 'the region that it was made in' : launch.region;
  if (callback === 'none') return `To end the access, delete the stack ${stackName} in ${where}.`;
  return 'To end the access, delete the role.';
}
