import { checkCode, signInDevice } from '../iam/mfa.js';
import { type Account, isAccountId } from '../identity/account.js';
import { administratorOf, assumedRoleArn, userCaller, userSessionCaller } from '../identity/caller.js';
import type { SessionCredentials } from '../identity/session.js';
import { enterRole } from '../sts/assume-role.js';
import { readAssumeRole } from '../sts/assume-role-input.js';
import { AwsError, validationError } from '../wire/aws-error.js';
import { QueryInput } from '../wire/query-input.js';
import type { World } from '../world.js';

/** What came of switching to a role. */
export type Entry =
  | { readonly outcome: 'entered'; readonly arn: string; readonly credentials: SessionCredentials }
  | { readonly outcome: 'refused'; readonly reason: string };

/** A person who signed in some minutes ago, with the code of an MFA device or without, and the role to switch to. */
export interface Switch {
  readonly userAccount: string;
  readonly userName: string;
  /** Empty without MFA. */
  readonly tokenCode: string;
  readonly minutes: string;
  readonly account: string;
  /** With its path. */
  readonly roleName: string;
}

/** Switches to the role as the console does: with the person's session, without an external ID. */
export function enterAs(world: World, asked: Switch): Entry {
  try {
    const caller = userSessionCaller(signIn(world, asked), 'us-east-1', world.sessions.now());
    if (!isAccountId(asked.account)) throw validationError('The role’s account is a number of 12 digits.');
    const input = new Map([
      ['RoleArn', `arn:${caller.account.partition}:iam::${asked.account}:role/${asked.roleName}`],
      ['RoleSessionName', caller.user?.name ?? 'administrator'],
    ]);
    const session = enterRole(world, caller, readAssumeRole(new QueryInput(input)));
    return { outcome: 'entered', arn: assumedRoleArn(session), credentials: session };
  } catch (error) {
    if (error instanceof AwsError) return { outcome: 'refused', reason: error.message };
    throw error;
  }
}

/** The session that a sign-in to the console begins. Throws where nobody of that name could have signed in. */
function signIn(world: World, { userAccount, userName, tokenCode, minutes }: Switch) {
  if (!isAccountId(userAccount)) throw validationError('Your account is a number of 12 digits.');
  if (!/^\d{1,4}$/.test(minutes))
    throw validationError('The minutes since you signed in are a whole number.');
  const account = world.accounts.open(userAccount);
  const user = findUser(account, userName);
  const since = world.sessions.now() - Number(minutes) * 60_000;
  const person =
    user === undefined ? administratorOf(account, 'us-east-1') : userCaller(account, user, 'us-east-1');
  const serial = signInDevice(account, user);
  if (tokenCode !== '' && serial === undefined)
    throw validationError(`The user ${userName} has no MFA device: leave the code out, or enable one.`);
  const withCode = tokenCode !== '' && checkCode(person, serial, tokenCode);
  return world.sessions.beginForUser({ account, user, mfaAt: withCode ? since : undefined }, 12 * 3600);
}

/** `undefined` is the administrator, whom every account has. */
function findUser(account: Account, name: string) {
  if (name.toLowerCase() === 'administrator') return undefined;
  const user = account.users.get(name.toLowerCase());
  if (user !== undefined) return user;
  throw validationError(`There is no user ${name} in account ${account.id}: make one with iam:CreateUser.`);
}
