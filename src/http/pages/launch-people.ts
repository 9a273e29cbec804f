import { type HumanAccess, whomItLetsIn } from '../../templates/human-access.js';
import type { Profile } from '../../templates/profiles.js';
import { type Permissions, permissionsOf } from './launch-facts.js';
import type { StackPart } from './launch-stack.js';

/** Which people enter by a role of their own, and what they may do there. */
export interface LaunchPeople {
  readonly roleName: string;
  /** In words that follow "lets in". */
  readonly whom: string;
  /** Whether AWS itself asks them for a second factor; else an identity provider's rules hold. */
  readonly proveMfa: boolean;
  /** The longest session, in words. */
  readonly sessions: string;
  readonly permissions: Permissions;
}

/** What a launch page tells of a profile's people; null where the profile has none. */
export function launchPeople(profile: Pick<Profile, 'humanAccess'> | null): LaunchPeople | null {
  const access = profile?.humanAccess ?? null;
  if (access === null) return null;
  return {
    roleName: access.roleName,
    whom: whomItLetsIn(access),
    proveMfa: access.principals.kind === 'users',
    sessions: sessionWords(access),
    permissions: permissionsOf(access),
  };
}

/** What a stack makes beside the rest, for people to enter. */
export function peopleParts(
  { humanAccess }: Pick<Profile, 'humanAccess'>,
  operatorName: string,
): readonly StackPart[] {
  if (humanAccess === null) return [];
  return [
    {
      title: 'A second IAM role, for people',
      type: 'AWS::IAM::Role',
      words:
        `By it people of ${operatorName} enter your account: ${whomItLetsIn(humanAccess)}. It refuses the service. ` +
        `It is called ${humanAccess.roleName} where you change nothing.`,
    },
    {
      title: 'A second policy of the first role',
      type: 'AWS::IAM::Policy',
      words: 'Lets the first role see whom the second trusts, so that a change to that is noticed.',
    },
  ];
}

function sessionWords({ maxSessionSeconds }: HumanAccess): string {
  const hours = maxSessionSeconds / 3_600;
  if (hours === 1) return 'an hour';
  return Number.isInteger(hours) ? `${hours} hours` : `${Math.round(maxSessionSeconds / 60)} minutes`;
}
