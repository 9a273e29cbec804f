import type { Organization } from '../../organizations/organization.js';
import type { World } from '../../world.js';
import { deploy, withdraw } from './deploy.js';
import { runOperation } from './operation.js';
import { inTurn, placeKey, type StackSet } from './stack-set.js';
import { placesOf } from './targets.js';

/**
 * Auto-deployment: where an account joined, moved or left, each stack set of the organization makes what the account
 * now is to have, and lets go of what it is not to have any more. Source: CloudFormation User Guide, "Enable or
 * disable automatic deployments".
 */
export function followMember(world: World, organization: Organization, accountId: string): void {
  for (const set of world.stackSets.values()) {
    if (set.account.id !== organization.managementAccount.id) continue;
    // Nobody waits for it, and what failed stands in the stack set.
    inTurn(world, set, () => follow(world, set, organization, accountId));
  }
}

async function follow(
  world: World,
  set: StackSet,
  organization: Organization,
  accountId: string,
): Promise<void> {
  const { autoDeployment, groups } = set.definition;
  const trusted = organization.features === 'ALL' && organization.trustedAccess;
  if (!world.stackSets.has(set.id) || !autoDeployment.enabled || !trusted) return;
  const wanted = placesOf(organization, groups).filter(({ account }) => account === accountId);
  const keys = new Set(wanted.map(placeKey));
  const unwanted = [...set.instances.values()].filter(
    (instance) => instance.account === accountId && !keys.has(placeKey(instance)),
  );
  await runOperation(set, 'DELETE', unwanted, (instance) =>
    withdraw(world, set, instance, autoDeployment.retainsStacks),
  );
  const missing = wanted.filter((place) => !set.instances.has(placeKey(place)));
  await runOperation(set, 'CREATE', missing, (place) => deploy(world, set, place));
}
