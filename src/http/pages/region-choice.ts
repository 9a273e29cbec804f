import type { Launch } from '../../core/launch.js';
import { isRegionOf, type Partition } from '../../core/partition.js';
import type { Region } from '../../core/region.js';

/** The list from which a client picks where its stack is to be made. */
export interface RegionChoice {
  readonly groups: readonly { readonly label: string; readonly regions: readonly Region[] }[];
  /** What is wrong with the region that was asked for, in words for people. */
  readonly fault: string | null;
}

/** The launch with the region that its page was asked for; the choice is null where the platform has made it. */
export interface Placed {
  readonly launch: Launch;
  readonly choice: RegionChoice | null;
  /** What keeps the choice in the addresses of this page: `?region=NAME`, or nothing. */
  readonly query: string;
}

/** Places a launch's stack for one view of its page: nothing is stored, and what calls back may be anywhere. */
export function placeStack(launch: Launch, partition: Partition, asked: string | null): Placed {
  if (!launch.regionOpen) return { launch, choice: null, query: '' };
  const isKnown = asked !== null && isRegionOf(partition, asked);
  const fault = `There is no AWS region ${JSON.stringify((asked ?? '').slice(0, 40))} here. Choose one from the list.`;
  const region = isKnown ? asked : launch.region;
  return {
    launch: { ...launch, region },
    choice: { groups: groups(partition, region), fault: asked === null || isKnown ? null : fault },
    query: isKnown ? `?region=${encodeURIComponent(asked)}` : '',
  };
}

/** The region of an address's query; null where it has none. One that is there twice is none that is known. */
export function regionIn(query: unknown): string | null {
  const { region } = query as { readonly region?: unknown };
  return region === undefined || region === '' ? null : String(region);
}

function groups({ regions }: Partition, chosen: string): RegionChoice['groups'] {
  const newer = { name: chosen, place: 'newer than this list', optIn: true };
  const all = regions.some(({ name }) => name === chosen) ? regions : [...regions, newer];
  return [
    { label: 'On in every account', regions: all.filter(({ optIn }) => !optIn) },
    { label: 'To be enabled in the account first', regions: all.filter(({ optIn }) => optIn) },
  ].filter((group) => group.regions.length > 0);
}
