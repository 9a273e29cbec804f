import { createRole } from './iam/role.js';
import { iamArn } from './identity/account.js';
import { parsePolicy } from './policy/document.js';
import { createBucket } from './s3/bucket.js';
import { providerAccountId } from './sts/authorize-entry.js';
import type { World } from './world.js';

/** The provider's second account, where its control roles are. */
const controlAccountId = '888888888888';

/** Two roles without permissions whose trust is known, so that whoever probes them sees whether probes can see. */
export interface ControlRoles {
  /** Lets the service in with the external ID only. */
  readonly strictArn: string;
  /** Lets the service in with any external ID, and without. */
  readonly openArn: string;
  readonly externalId: string;
}

/** There is one sandbox a machine and nothing in these roles, so the ID is the same each time. */
export const controlRoles: ControlRoles = {
  strictArn: `arn:aws:iam::${controlAccountId}:role/RolecallControlStrict`,
  openArn: `arn:aws:iam::${controlAccountId}:role/RolecallControlOpen`,
  externalId: 'c0a1b2c3-d4e5-4f60-8a7b-9c0d1e2f3a4b',
};

/**
 * The provider's accounts: the role that the service under test runs as, which may enter other roles and publish
 * its templates, the bucket for them, and the control roles.
 */
export function addProvider(world: World): void {
  const account = world.accounts.open(providerAccountId);
  createBucket(world, account, 'us-east-1', 'rolecall-templates');
  const trust = {
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  };
  const role = createRole(world, account, {
    name: 'RolecallService',
    trustPolicy: parsePolicy(trust, 'trust'),
  });
  const actions = [
    'sts:AssumeRole',
    'sts:SetSourceIdentity',
    'sts:TagSession',
    's3:*',
    'cloudformation:ValidateTemplate',
    'sns:ConfirmSubscription',
  ];
  const permissions = { Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] };
  role.inlinePolicies.set('service', parsePolicy(permissions, 'identity'));
  world.log(`the service's role is ${role.arn}`);
  addControlRole(world, 'RolecallControlStrict', { 'sts:ExternalId': controlRoles.externalId });
  addControlRole(world, 'RolecallControlOpen', {});
}

/** These roles were there before the sandbox was, so they have propagated. */
function addControlRole(world: World, name: string, condition: Readonly<Record<string, string>>): void {
  const provider = { id: providerAccountId, partition: 'aws' };
  const own = { 'aws:PrincipalArn': iamArn(provider, 'role/RolecallService') };
  const allow = (Action: readonly string[], StringEquals: Readonly<Record<string, string>>) => ({
    Effect: 'Allow',
    Principal: { AWS: iamArn(provider, 'root') },
    Action,
    Condition: { StringEquals },
  });
  const trust = {
    Version: '2012-10-17',
    Statement: [
      allow(['sts:AssumeRole'], { ...own, ...condition }),
      allow(['sts:SetSourceIdentity', 'sts:TagSession'], own),
    ],
  };
  const settled = { ...world, settings: { ...world.settings, propagationMs: 0 } };
  createRole(settled, world.accounts.open(controlAccountId), {
    name,
    trustPolicy: parsePolicy(trust, 'trust'),
  });
}
