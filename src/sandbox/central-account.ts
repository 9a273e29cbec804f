import { createDevice, enableDevice } from './iam/mfa.js';
import { createRole } from './iam/role.js';
import { createUser } from './iam/user.js';
import { iamArn } from './identity/account.js';
import { parsePolicy } from './policy/document.js';
import { providerAccountId } from './sts/authorize-entry.js';
import type { World } from './world.js';

/** The provider's account in which its people are, as the service's configuration names what is in it. */
export const centralAccount = {
  id: '444455556666',
  deploymentRoleArn: 'arn:aws:iam::444455556666:role/RolecallCentralDeployment',
  /** Whoever walks through it, with an MFA device called as the user is. */
  user: 'alice',
} as const;

/** Opens the central account: a user with MFA and without rights, and the role by which groups are deployed to it. */
export function openCentralAccount(world: World): void {
  const account = world.accounts.open(centralAccount.id);
  const user = createUser(account, centralAccount.user);
  enableDevice(account, createDevice(account, user.name), user, ['123456', '654321']);
  const service = iamArn({ id: providerAccountId, partition: 'aws' }, 'role/RolecallService');
  const trust = { Statement: [{ Effect: 'Allow', Principal: { AWS: service }, Action: 'sts:AssumeRole' }] };
  // It was there before the sandbox was, so it has propagated.
  const settled = { ...world, settings: { ...world.settings, propagationMs: 0 } };
  const role = createRole(settled, account, {
    name: 'RolecallCentralDeployment',
    trustPolicy: parsePolicy(trust, 'trust'),
  });
  const Action = ['cloudformation:*', 'iam:*'];
  const permissions = { Statement: [{ Effect: 'Allow', Action, Resource: '*' }] };
  role.inlinePolicies.set('deploy', parsePolicy(permissions, 'identity'));
}
