import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Organization } from '../../organizations/organization.js';
import type { World } from '../../world.js';
import type { StackSetDefinition, TargetGroup } from './definition.js';
import { deploy, withdraw } from './deploy.js';
import { runOperation } from './operation.js';
import { notStabilized, refused } from './refusal.js';
import { placeKey, type StackSet } from './stack-set.js';
import { addedTargets, knowsUnits, placesOf } from './targets.js';

/** Makes the stacks of targets, of all or of those that an update added. Throws `ResourceFailure`. */
export async function rollOut(
  world: World,
  set: StackSet,
  organization: Organization,
  groups: readonly TargetGroup[],
): Promise<void> {
  if (!knowsUnits(organization, groups)) {
    throw notStabilized(set.id, randomUUID(), ['Target organizational unit could not be found']);
  }
  const missing = placesOf(organization, groups).filter((place) => !set.instances.has(placeKey(place)));
  await runOperation(set, 'CREATE', missing, (place) => deploy(world, set, place));
}

/**
 * Has a stack set be what `next` says, in the order of the type's handler: what is no target any more goes, all
 * other stacks are brought up to date, new targets get theirs. Throws `ResourceFailure`.
 */
export async function rollOutUpdate(
  world: World,
  set: StackSet,
  organization: Organization,
  next: StackSetDefinition,
): Promise<void> {
  const before = set.definition;
  set.definition = { ...before, preferences: next.preferences };
  const kept = new Set(placesOf(organization, next.groups).map(placeKey));
  const dropped = new Set(placesOf(organization, addedTargets(before.groups, next.groups)).map(placeKey));
  const gone = [...set.instances].flatMap(([key, each]) =>
    dropped.has(key) && !kept.has(key) ? [each] : [],
  );
  await runOperation(set, 'DELETE', gone, (instance) => withdraw(world, set, instance));
  set.definition = next;
  if (isChanged(before, next)) {
    // A stack that could not be deleted is left out from then on.
    const all = [...set.instances.values()].filter(({ status }) => status !== 'INOPERABLE');
    await runOperation(set, 'UPDATE', all, (place) => deploy(world, set, place));
  }
  await rollOut(world, set, organization, addedTargets(next.groups, before.groups));
}

/** Deletes all stacks. Throws `ResourceFailure`, and what CloudFormation says where one could not be deleted. */
export async function rollBack(world: World, set: StackSet): Promise<void> {
  const all = [...set.instances.values()];
  await runOperation(set, 'DELETE', all, (instance) => withdraw(world, set, instance));
  if (set.instances.size > 0) throw refused('StackSet is not empty');
}

function isChanged(before: StackSetDefinition, next: StackSetDefinition): boolean {
  const { preferences: _, groups: __, ...own } = before;
  const { preferences: ___, groups: ____, ...others } = next;
  return !isDeepStrictEqual(own, others);
}
