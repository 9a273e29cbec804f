import { membersBelow, type Organization } from '../../organizations/organization.js';
import type { TargetGroup } from './definition.js';
import { type Place, placeKey } from './stack-set.js';

/** The places that these groups mean now, each once. */
export function placesOf(organization: Organization, groups: readonly TargetGroup[]): Place[] {
  const places = groups.flatMap(({ unitIds, regions }) =>
    membersBelow(organization, unitIds).flatMap(({ accountId }) =>
      regions.map((region) => ({ account: accountId, region })),
    ),
  );
  return [...new Map(places.map((place) => [placeKey(place), place])).values()];
}

/** Whether the organization has all units that the groups name. */
export function knowsUnits(organization: Organization, groups: readonly TargetGroup[]): boolean {
  const { rootId, units } = organization;
  return groups.every(({ unitIds }) => unitIds.every((id) => id === rootId || units.has(id)));
}

/** The targets that `groups` have and `others` do not, each with one unit and one region. */
export function addedTargets(
  groups: readonly TargetGroup[],
  others: readonly TargetGroup[],
): readonly TargetGroup[] {
  const key = (unitId: string, region: string): string => `${unitId}/${region}`;
  const pairs = (each: TargetGroup) =>
    each.unitIds.flatMap((unitId) => each.regions.map((region) => ({ unitId, region })));
  const known = new Set(others.flatMap(pairs).map(({ unitId, region }) => key(unitId, region)));
  return groups
    .flatMap(pairs)
    .filter(({ unitId, region }) => !known.has(key(unitId, region)))
    .map(({ unitId, region }) => ({ unitIds: [unitId], regions: [region] }));
}
