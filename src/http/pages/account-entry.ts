import type { Account } from '../../core/account.js';
import { type Launch, seats } from '../../core/launch.js';
import { Problem } from '../../core/problem.js';
import { parseRoleArn } from '../../core/role-arn.js';
import type { Claim } from '../../onboarding/name-account.js';
import type { LaunchState } from './launch-state.js';

/** What was entered and is not taken, as it was entered, and why. */
export interface Refused {
  readonly text: string;
  readonly fault: string;
}

/** The form by which a client says which account its stack is in. */
export interface EntryForm {
  readonly value: string;
  readonly fault: string | null;
  readonly button: string;
  readonly hint: string;
}

/**
 * Reads what a person entered: an account's number or, where it begins like one, a role's ARN. Throws
 * `request-invalid`, with words for that person.
 */
export function claimIn(text: string): Claim {
  const entered = text.trim();
  return /^arn:/i.test(entered) ? { roleArn: roleArn(entered) } : { accountId: accountNumber(entered) };
}

/** Reads the same from JSON, which says which of the two it is. Throws `request-invalid`, naming the field. */
export function claimOf(body: { readonly accountId?: string; readonly roleArn?: string }): Claim {
  if (body.accountId !== undefined && body.roleArn !== undefined)
    throw invalid('roleArn', 'Send accountId or roleArn, not both.', 'must not stand beside accountId');
  if (body.roleArn !== undefined) return { roleArn: roleArn(body.roleArn) };
  if (body.accountId !== undefined) return { accountId: accountNumber(body.accountId) };
  throw invalid('accountId', 'Send accountId or roleArn.', 'is missing');
}

/** The fault in words for the page: what stands in brackets at the end is a code, which is for programs. */
export function faultOf({ message }: Problem): string {
  return message.replace(/ \([a-z-]+\)$/, '');
}

/** The form as it stands on the page of a launch whose stack does not call back. */
export function entryForm(
  launch: Launch,
  state: LaunchState,
  account: Account | undefined,
  refused: Refused | null,
): EntryForm {
  const again = state === 'verifying' || state === 'rejected' || state === 'disconnected';
  const [expected, ...others] = launch.expectedAccountIds;
  const foreseen = others.length === 0 && state === 'waiting' ? expected : undefined;
  const earlier = again && account !== undefined ? asEntered(account, launch) : foreseen;
  const isLast = seats(launch) - launch.accounts.length <= 1;
  const hints = {
    first:
      'The 12 digits of the account that the stack is in. The AWS console shows them at the top right, ' +
      'under your name.',
    replaces:
      'Mistyped? Enter the right number and it takes this one’s place. The same number is tried at once.',
    adds: 'The same number is tried at once, another one as well.',
  };
  return {
    value: refused?.text ?? earlier ?? '',
    fault: refused?.fault ?? null,
    button: state === 'verifying' ? 'Try now' : again ? 'Try again' : 'Connect this account',
    hint: hints[state !== 'verifying' ? 'first' : isLast ? 'replaces' : 'adds'],
  };
}

function asEntered({ accountId, roleArn }: Account, { stackName }: Launch): string {
  return roleArn.endsWith(`::${accountId}:role/${stackName}`) ? accountId : roleArn;
}

function accountNumber(text: string): string {
  const digits = text.replace(/[\s\p{Dash}]/gu, '');
  if (/^[0-9]{12}$/.test(digits)) return digits;
  const has = 'An AWS account number has 12 digits';
  const fault =
    digits === ''
      ? `${has}; nothing was entered.`
      : /^[0-9]+$/.test(digits)
        ? `${has}; this one has ${digits.length}.`
        : `${has} and nothing else.`;
  throw invalid('accountId', fault, 'has to be 12 digits');
}

function roleArn(text: string): string {
  const role = parseRoleArn(text.trim());
  if (role !== null) return role.text;
  const like = 'arn:aws:iam::111122223333:role/Name';
  throw invalid(
    'roleArn',
    `This is not the ARN of an IAM role, which looks like ${like}.`,
    `has to be like ${like}`,
  );
}

function invalid(field: string, detail: string, message: string): Problem {
  return new Problem('request-invalid', detail, [{ field, message }]);
}
