import { isRegionOf, type Partition } from '../core/partition.js';
import { Problem } from '../core/problem.js';
import type { Invitation } from './invite-client.js';
import { type AskedLaunch, checkKind } from './make-launch.js';

/** What this deployment can ask clients for, and where. */
export interface Offer {
  readonly partition: Partition;
  readonly profiles: Pick<ReadonlyMap<string, unknown>, 'has' | 'keys'>;
}

/** Throws `request-invalid`, `profile-unknown` or `region-not-served` where an invitation is not on offer here. */
export function checkInvitation(offer: Offer, invitation: Invitation): void {
  const { profile, region, kind = 'account' } = invitation;
  checkKind(kind, offer.partition);
  if (!offer.profiles.has(profile))
    throw new Problem('profile-unknown', `There are: ${[...offer.profiles.keys()].join(', ')}.`, [
      { field: 'profile', message: 'is not a profile of this service' },
    ]);
  checkRegion(offer, region);
}

/** Throws `request-invalid` or `region-not-served` where a link is not on offer here. */
export function checkLaunch(offer: Offer, { kind = 'account', region }: AskedLaunch): void {
  checkKind(kind, offer.partition);
  if (region !== undefined) checkRegion(offer, region);
}

function checkRegion({ partition }: Offer, region: string): void {
  if (!isRegionOf(partition, region))
    throw new Problem('region-not-served', `This service serves the partition ${partition.id}.`, [
      { field: 'region', message: `is not a region of ${partition.id}` },
    ]);
}
