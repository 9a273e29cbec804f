import type { Group } from '../core/group.js';
import type { RoleArn } from '../core/role-arn.js';
import { printable } from './printable.js';

/** What the console's form takes for a display name. Source: IAM User Guide, "Switch from a user to an IAM role". */
const LONGEST_DISPLAY_NAME = 64;

/**
 * The link that opens the console's "Switch role" with everything filled in, for somebody who is signed in to the
 * central account. In development (`simulatorOrigin`) it leads to the sandbox's.
 */
export function switchRoleUrl(
  role: RoleArn,
  clientName: string,
  { color }: Pick<Group, 'color'>,
  simulatorOrigin: string | null,
): string {
  const called = printable(clientName, LONGEST_DISPLAY_NAME - role.account.length - 1);
  const fields = {
    account: role.account,
    // With its path, and without the slash before it.
    roleName: `${role.path}${role.name}`.slice(1),
    displayName: `${called} ${role.account}`.trim(),
    ...(color !== null && { color }),
  };
  const query = Object.entries(fields).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const origin = simulatorOrigin ?? `https://${role.partition.signInHost}`;
  return `${origin}/switchrole?${query.join('&')}`;
}
