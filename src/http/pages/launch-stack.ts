import { type Launch, launchKind } from '../../core/launch.js';
import type { Profile } from '../../templates/profiles.js';
import { peopleParts } from './launch-people.js';
import { organizationParts } from './organization-words.js';

/** One thing that a launch's stack makes: what people call it, its CloudFormation type, what it is for. */
export interface StackPart {
  readonly title: string;
  readonly type: string;
  readonly words: string;
  /** The name that it is given, where the service finds it by that; else CloudFormation makes one up. */
  readonly name?: string;
}

export interface StackWords {
  readonly parts: readonly StackPart[];
  /** What none of the parts is, and how to be rid of them. */
  readonly closing: string;
  /** What the service waits for before it counts the account as connected. */
  readonly proof: string;
}

interface Asker {
  readonly profile: Pick<Profile, 'humanAccess'> | null;
  readonly operatorName: string;
  readonly trustedAccountId: string;
}

/** Says what the stack of a launch makes, as the template of its callback has it. */
export function stackWords(launch: Launch, asker: Asker): StackWords {
  const plain = accountWords(launch, asker);
  const people = asker.profile === null ? [] : peopleParts(asker.profile, asker.operatorName);
  const words = { ...plain, parts: [...plain.parts, ...people] };
  if (launchKind(launch) === 'account') return words;
  return {
    ...words,
    parts: [...words.parts, ...organizationParts(asker.operatorName)],
    closing: `${words.closing
      .replaceAll(' in your account', ' in your accounts')
      .replace(
        'ends the access.',
        'ends the access, in the members’ accounts as well.',
      )} A member that leaves the organization keeps its stack, and with it the access, until that is deleted there.`,
  };
}

function accountWords({ callback, stackName }: Launch, asker: Asker): StackWords {
  const { operatorName, trustedAccountId } = asker;
  const gone = 'Deleting the stack takes all of it away and ends the access.';
  const entry = `Only one role of AWS account ${trustedAccountId} can enter it, only with your external ID, and for an hour at a time.`;
  const role = { title: 'One IAM role', type: 'AWS::IAM::Role', words: entry };
  const policy = {
    title: 'One policy of that role',
    type: 'AWS::IAM::Policy',
    words: 'Lets the role look at itself and at this stack, so that a change to them is noticed.',
  };
  const check = {
    title: 'One check',
    type: 'Custom::RolecallConnection',
    words:
      'Holds the stack, five minutes at most, until the role has been tested. A stack that completes is a connection that works.',
  };
  const reports = {
    proof: 'The stack only completes once AWS has refused entry without it.',
  };
  if (callback === 'sns')
    return {
      ...reports,
      parts: [role, policy, ...topicParts(operatorName), check],
      closing: `Nothing runs in your account: no Lambda function, no access keys, no users. ${gone}`,
    };
  if (callback === 'lambda')
    return {
      ...reports,
      parts: [role, policy, ...functionParts(operatorName), check],
      closing: `The function is the only code that runs in your account, and it runs only when the stack is made, changed or deleted. No access keys, no users. ${gone}`,
    };
  return {
    parts: [{ ...role, name: stackName }, policy],
    closing: `Nothing runs in your account and nothing reports from it: no Lambda function, no topic, no access keys, no users. That the role is there, ${operatorName} learns from you. ${gone}`,
    proof: 'The account only counts as connected once AWS has refused entry without it.',
  };
}

function topicParts(operatorName: string): readonly StackPart[] {
  return [
    {
      title: 'One topic of your own',
      type: 'AWS::SNS::Topic',
      words: 'CloudFormation posts to it when this stack is made, changed or deleted.',
    },
    {
      title: 'One subscription',
      type: 'AWS::SNS::Subscription',
      words: `Passes those notices on to ${operatorName}, and nothing else.`,
    },
  ];
}

function functionParts(operatorName: string): readonly StackPart[] {
  return [
    {
      title: 'One function of your own',
      type: 'AWS::Lambda::Function',
      words: `CloudFormation calls it when this stack is made, changed or deleted, and it tells ${operatorName}. It reads nothing of your account. All of its code is in the template.`,
    },
    {
      title: 'One role for that function',
      type: 'AWS::IAM::Role',
      words: `Lets it write its own log, and nothing else. Only Lambda can use this role; ${operatorName} cannot.`,
    },
    {
      title: 'One log',
      type: 'AWS::Logs::LogGroup',
      words: 'Keeps for 30 days what the function has done.',
    },
  ];
}

/** What the console wants ticked before it makes the stack. Source: CloudFormation console, "Capabilities". */
export function acknowledgement({ callback }: Launch, profile: Pick<Profile, 'humanAccess'> | null): string {
  const isNamed = callback === 'none' || (profile?.humanAccess ?? null) !== null;
  const named = isNamed ? ' with custom names' : '';
  return `I acknowledge that AWS CloudFormation might create IAM resources${named}`;
}
