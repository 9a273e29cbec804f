import type { Account } from '../core/account.js';
import { withStatus } from '../core/client.js';
import { failure } from '../core/failure.js';
import { type Launch, seats } from '../core/launch.js';
import { Problem } from '../core/problem.js';
import { decideAnew } from './decide-anew.js';
import { type OpenLaunch, type ReadLaunchPorts, readLaunch } from './open-launch.js';
import { type RegisterPorts, registerRole } from './register-role.js';
import type { StackAddress } from './surroundings.js';

export interface NameAccountPorts extends RegisterPorts, ReadLaunchPorts {
  readonly allow: (kind: 'call', sender: string) => Promise<boolean>;
}

/** The account's number, where the role has the name that came with the link; or the role's ARN. */
export type Claim = { readonly accountId: string } | { readonly roleArn: string };

/**
 * When a client whose stack does not call back says on the launch page which account it made the stack in. A
 * number that was mistyped is corrected by entering another: a link keeps no more accounts under way than it lets in.
 *
 * Returns the account. Throws `not-found` where nobody has such a link, `account-refused` where the stack reports by
 * itself or the account cannot come in, `unavailable` where too much was entered of late, or others were faster again
 * and again: then entering it once more is right, whether it is under way by then or not.
 */
export async function nameAccount(
  ports: NameAccountPorts,
  tokenText: string,
  claim: Claim,
): Promise<Account> {
  const open = await readLaunch(ports, tokenText);
  if (open === null) throw new Problem('not-found', 'Nobody has such a link.');
  const { client, launch } = open;
  if (launch.callback !== 'none')
    throw new Problem(
      'account-refused',
      'The stack of this link reports by itself; there is nothing to enter.',
    );
  if (!(await ports.allow('call', launch.pageTokenHash)))
    throw new Problem('unavailable', 'Too many accounts were entered; try again in a minute.');
  const roleArn =
    'roleArn' in claim
      ? claim.roleArn
      : `arn:${ports.partitionId}:iam::${claim.accountId}:role/${launch.stackName}`;
  const humanRoleArn = besideOf(roleArn, ports.humanRoleName(client.profile));
  const by = { launch, humanRoleArn, until: launch.expiresAt, actor: { type: 'visitor' } } as const;
  const account = await registerRole(ports, client.id, roleArn, by);
  await makeRoom(ports, open, account);
  return account;
}

/** The role for people of a stack that cannot say: it has the profile's name for it, and the first role's path. */
function besideOf(roleArn: string, name: string | null): string | null {
  return name === null ? null : roleArn.replace(/[^/]*$/, name);
}

/**
 * Forgets the accounts that were entered first, where more are under way than the link lets in. One that it has let in
 * before has its seat.
 */
async function makeRoom(
  ports: NameAccountPorts,
  { client, launch, accounts }: OpenLaunch,
  newest: Account,
): Promise<void> {
  const seated = new Set(launch.accounts).add(newest.accountId);
  const tried = accounts
    .filter(({ trying, accountId }) => trying !== null && !seated.has(accountId))
    .sort((a, b) => a.createdAt - b.createdAt);
  const free = seats(launch) - seated.size;
  for (const { accountId } of tried.slice(0, Math.max(0, tried.length - free)))
    await forget(ports, launch, { clientId: client.id, accountId });
}

/** Forgets an account that is still tried by this link; each attempt moves it, too, so that this may take another. */
async function forget(ports: NameAccountPorts, launch: Launch, where: StackAddress): Promise<void> {
  const { code, message } = failure('another-number-given');
  await decideAnew(ports, async () => {
    const { client, account, otherAccounts } = await ports.around.everything(where);
    if (client === null || client.removedAt !== null) return null;
    if (!account?.trying || account.launchId !== launch.id) return null;
    const at = ports.now();
    const actor = { type: 'visitor' } as const;
    return {
      put: [withStatus(client, otherAccounts, at)],
      remove: [account],
      events: [{ type: 'account.rejected', at, ...where, actor, data: { code, message } }],
    };
  });
}
