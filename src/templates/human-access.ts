import type { ExpectedPeople } from '../core/people-trust.js';
import { parseRoleArn } from '../core/role-arn.js';
import type { Profile, ProfileStatement } from './profiles.js';
import type { TrustedPrincipal } from './render.js';

/** Which people enter a client's account by a role of their own, and what they may do there. */
export interface HumanAccess {
  readonly principals: People;
  /** What the role is called where the client changes nothing. */
  readonly roleName: string;
  /** As a profile's own: AWS's managed policies by name, and what is allowed and denied besides. */
  readonly managedPolicies: readonly string[];
  readonly statements: readonly ProfileStatement[];
  readonly denials: readonly ProfileStatement[];
  /** The longest session of the role, in seconds. */
  readonly maxSessionSeconds: number;
  /** How long ago, in seconds, a user may have proven the second factor. */
  readonly mfaMaxAgeSeconds: number;
}

/**
 * Users of one account, who need a second factor; null stands for this deployment's central account. Or roles by which
 * people sign in through an identity provider, whose business their second factor is.
 */
export type People =
  | { readonly kind: 'users'; readonly centralAccountId: string | null }
  | { readonly kind: 'role-arns'; readonly roleArns: readonly string[] };

/**
 * The profile as this deployment offers it: with its central account filled in where it says none. A line of text says
 * why it cannot be offered. Throws where it would let the service itself in, or names roles of another partition.
 */
export function peopleOf(
  profile: Profile,
  principal: TrustedPrincipal,
  centralAccountId: string | null,
): Profile | string {
  const { humanAccess } = profile;
  if (humanAccess === null) return profile;
  const { principals } = humanAccess;
  const refuse = (field: string, fault: string) =>
    new Error(`profile ${profile.name}.yaml: humanAccess.${field} ${fault}`);
  if (principals.kind === 'role-arns') {
    for (const [place, arn] of principals.roleArns.entries()) {
      const { partition } = principal;
      const field = `roleArns.${place}`;
      if (arn.split(':')[1] !== partition.id)
        throw refuse(field, `is of another partition than this deployment, ${partition.id}`);
      if (arn === principal.text)
        throw refuse(field, 'is the role that the service runs as: it may never enter by a role for people');
    }
    return profile;
  }
  const accountId = principals.centralAccountId ?? centralAccountId;
  if (accountId === null)
    return (
      `profile ${profile.name} is not offered: its humanAccess.principals are users of the central account; set ` +
      'CENTRAL_ACCOUNT_ID (such as 111122223333), or humanAccess.centralAccountId in its file'
    );
  return {
    ...profile,
    humanAccess: { ...humanAccess, principals: { kind: 'users', centralAccountId: accountId } },
  };
}

/** The people whom a role for them trusts, once `peopleOf` has filled the central account in. */
export function expectedPeople(
  { principals, mfaMaxAgeSeconds }: HumanAccess,
  { partition }: Pick<TrustedPrincipal, 'partition'>,
): ExpectedPeople {
  // Whoever comes through an identity provider brings no word of a second factor to AWS.
  if (principals.kind === 'role-arns') return { arns: principals.roleArns, mfaMaxAgeSeconds: null };
  return { arns: [`arn:${partition.id}:iam::${principals.centralAccountId}:user/*`], mfaMaxAgeSeconds };
}

/** The people who enter, in words that follow "lets in". */
export function whomItLetsIn({ principals, mfaMaxAgeSeconds }: HumanAccess): string {
  if (principals.kind === 'users')
    return `users of account ${principals.centralAccountId} who proved a second factor (MFA) in the last ${minutes(mfaMaxAgeSeconds)}`;
  const accounts = accountsIn(principals.roleArns);
  return `people who sign in by certain roles of account ${accounts.join(' and ')}`;
}

function minutes(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} minutes` : `${seconds} seconds`;
}

/** The accounts that these ARNs are of, each once. */
export function accountsIn(arns: readonly string[]): readonly string[] {
  return [...new Set(arns.map((arn) => arn.split(':')[4] ?? ''))];
}

const SSO = /^arn:[a-z-]+:iam::\d{12}:role\/aws-reserved\/sso\.amazonaws\.com\/((\*|[a-z0-9-]+)\/)?/;
const PERMISSION_SET = /^AWSReservedSSO_[\w+=,.@-]{1,32}_(\*|\?{16}|[0-9a-f]{16})$/;

/**
 * Whether a text names roles by which people sign in: the ARN of one role, or of a permission set of IAM Identity
 * Center, whose roles have a suffix at random and a path of one region, which may be left open. Other wildcards are
 * not taken: they would trust roles that nobody thought of.
 */
export function isPeoplesRole(text: string): boolean {
  if (parseRoleArn(text) !== null) return true;
  return SSO.test(text) && PERMISSION_SET.test(text.replace(SSO, ''));
}
