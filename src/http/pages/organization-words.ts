import { type Launch, launchKind } from '../../core/launch.js';
import type { StackPart } from './launch-stack.js';
import type { LaunchState } from './launch-state.js';
import type { LaunchWords } from './launch-words.js';
import type { Members } from './organization-members.js';

interface Subject {
  readonly launch: Launch;
  readonly operatorName: string;
  /** How members stand; null before the management account has come. */
  readonly members: Members | null;
  /** The management account's, where it is known; with how to end the access. */
  readonly named: string;
  readonly ending: string;
}

/** What a page says otherwise where its link is for an organization; nothing where it is not. */
export function organizationWords(state: LaunchState, subject: Subject): Partial<LaunchWords> {
  const { launch, operatorName, named, ending } = subject;
  if (launchKind(launch) === 'account') return {};
  const asks = 'asks to enter the AWS accounts of your organization';
  const shut = launch.revokedAt !== null;
  const following = shut
    ? `${operatorName} has withdrawn this link: accounts that are connected stay so, and no others are let in.`
    : `Its members follow by themselves, now and whenever one is added to the units that you chose. You can close this page.`;
  const words: Partial<Record<LaunchState, Partial<LaunchWords>>> = {
    waiting: {
      tab: 'Connect an organization',
      heading: asks,
      state: 'Waiting for the management account’s stack',
      note: 'Nothing has been created yet. This page follows by itself once the stack starts.',
      hint:
        `Opens CloudFormation in ${launch.region} in a new tab. Name your organizational units there, tick the ` +
        'box about IAM resources and choose Create stack. Then come back here.',
    },
    verifying: {
      heading: asks,
      note: `${operatorName} is testing the role, and that this is the management account. There is nothing for you to do.`,
    },
    connected: {
      tab: 'Organization connected',
      heading: 'can enter the AWS accounts of your organization',
      state: `Management ${named.replace(/^AWS a/, 'a')} is connected`,
      note: `${following} ${ending.replace('To end the access,', 'To end all access,')}`,
    },
    degraded: {
      heading: 'has trouble entering your management account',
      note: `Members that are connected stay so. ${operatorName} goes on checking, and this page shows when it works again.`,
    },
    rejected: { heading: asks },
    undecided: { heading: asks },
    disconnected: {
      heading: 'no longer enters your management account',
      note:
        'Its stack was deleted, or the account was given up. New members are not let in any more; those that are ' +
        'connected stay so until their own stacks are deleted.',
    },
  };
  return words[state] ?? {};
}

/** What the stack of an organization makes beside what an account's does, in its management account. */
export function organizationParts(operatorName: string): readonly StackPart[] {
  return [
    {
      title: 'One more policy of that role',
      type: 'AWS::IAM::Policy',
      words: `Lets ${operatorName} see which accounts are your organization’s. It lets in no others.`,
    },
    {
      title: 'One stack set',
      type: 'AWS::CloudFormation::StackSet',
      words:
        'Has CloudFormation make a stack with all of the above but that policy in each account of the units that ' +
        'you choose, and in each that is added to them later.',
    },
  ];
}
