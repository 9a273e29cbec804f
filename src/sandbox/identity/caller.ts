import type { User } from '../iam/user.js';
import type { PrincipalLayers } from '../policy/evaluate.js';
import { type Account, iamArn } from './account.js';
import type { Session, UserSession } from './session.js';

/** Who makes a request. */
export interface Caller {
  readonly account: Account;
  /** The region whose endpoint the request is for. */
  readonly region: string;
  /** As GetCallerIdentity tells it. */
  readonly arn: string;
  readonly userId: string;
  /** `aws:PrincipalArn`: for a session the ARN of its role. */
  readonly principalArn: string;
  /** The names that policies know the caller by. Roles and users are bound by unique ID, not by ARN. */
  readonly layers: PrincipalLayers;
  /** Missing for users. */
  readonly session?: Session;
  /** Missing for sessions in roles, and for the administrator. */
  readonly user?: User;
  /** The session of a user who does not sign with a key for good. */
  readonly userSession?: UserSession;
  /** How many seconds ago the user gave the code of an MFA device; missing where none was given. */
  readonly mfaAge?: number;
}

/** The administrator user of an account, which may everything there. */
export function administratorOf(account: Account, region: string): Caller {
  const arn = iamArn(account, 'user/administrator');
  return {
    account,
    region,
    arn,
    userId: account.administratorId,
    principalArn: arn,
    layers: [accountNames(account), [account.administratorId]],
  };
}

/** Any other user of an account, with one of its access keys. */
export function userCaller(account: Account, user: User, region: string): Caller {
  const { arn, id: userId } = user;
  return { account, region, arn, userId, principalArn: arn, layers: [accountNames(account), [userId]], user };
}

/** The user, or the administrator, that a user's session stands for; `now` in milliseconds gives the code its age. */
export function userSessionCaller(session: UserSession, region: string, now: number): Caller {
  const { account, user, mfaAt } = session;
  const caller = user === undefined ? administratorOf(account, region) : userCaller(account, user, region);
  const age = mfaAt === undefined ? {} : { mfaAge: Math.floor((now - mfaAt) / 1000) };
  return { ...caller, userSession: session, ...age };
}

/** The caller that a session's credentials stand for. */
export function callerOf(session: Session, region: string): Caller {
  const { account, role, name } = session;
  const arn = assumedRoleArn(session);
  return {
    account,
    region,
    arn,
    userId: `${role.id}:${name}`,
    principalArn: role.arn,
    layers: [accountNames(account), [role.id], [arn]],
    session,
  };
}

/** The ARN of a session; it leaves out the role's path. */
export function assumedRoleArn(session: Pick<Session, 'account' | 'role' | 'name'>): string {
  const { account, role, name } = session;
  return `arn:${account.partition}:sts::${account.id}:assumed-role/${role.name}/${name}`;
}

function accountNames(account: Account): string[] {
  return [account.id, iamArn(account, 'root')];
}
