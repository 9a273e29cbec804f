import { type Account, isLive } from '../core/account.js';
import type { Client } from '../core/client.js';
import { externalIdsFor } from '../core/external-ids.js';
import type { ClientId } from '../core/id.js';
import type { EnterRole } from '../onboarding/verify-account.js';
import type { AskStanding } from '../onboarding/verify-organization.js';
import { Kept } from './kept.js';

export interface MembersPorts {
  readonly account: (clientId: ClientId, accountId: string) => Promise<Account | null>;
  readonly enterRole: EnterRole;
  readonly now: () => number;
}

interface Listing {
  readonly active: ReadonlySet<string>;
  readonly begunAt: number;
}

/** For how long a list proves somebody a member, in milliseconds, and for how long a stranger. */
const PROVES_MEMBERS_FOR = 10 * 60_000;
const PROVES_STRANGERS_FOR = 60_000;
/** Lists in memory at once, by management account. */
const MOST_LISTS = 100;

/**
 * Asks organizations for their members, by sessions of their management accounts' roles. Ten thousand members come at
 * once and need one list, so it is shared: one is read at a time for each management account, all who ask meanwhile
 * wait for it, and whoever it does not name has it read anew if it was begun before that account came.
 */
export function makeAskStanding(ports: MembersPorts): AskStanding {
  const listings = new Kept<Listing>(ports.now, MOST_LISTS);
  const underWay = new Map<string, Promise<Listing | null>>();

  const read = (key: string, client: Client, management: Account): Promise<Listing | null> => {
    const reading = list(ports, client, management)
      .then((listing) => {
        if (listing !== null) listings.keep(key, listing, listing.begunAt + PROVES_MEMBERS_FOR);
        return listing;
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, reading);
    return reading;
  };

  return async ({ client, managementAccountId, accountId, since }) => {
    const management = await ports.account(client.id, managementAccountId);
    if (management === null || !isLive(management)) return 'not-connected';
    const askedAt = ports.now();
    // Another instance's clock may run ahead of this one's.
    const newEnough = Math.max(Math.min(since, askedAt), askedAt - PROVES_STRANGERS_FOR);
    const key = [client.id, managementAccountId, management.roleArn].join(' ');
    for (let listing = listings.get(key); ; ) {
      if (listing?.active.has(accountId)) return 'member';
      if (listing && listing.begunAt >= newEnough) return 'stranger';
      listing = await (underWay.get(key) ?? read(key, client, management));
      if (listing === null) return 'unreadable';
    }
  };
}

/** The organization's list as it is now; null where it cannot be read. */
async function list(
  { enterRole, now }: MembersPorts,
  client: Client,
  management: Account,
): Promise<Listing | null> {
  const begunAt = now();
  for (const externalId of externalIdsFor(client, management, begunAt)) {
    const session = await enterRole({ roleArn: management.roleArn, externalId });
    if (session.outcome !== 'entered') continue;
    const answer = await session.activeAccounts();
    return answer.outcome === 'read' ? { active: answer.value, begunAt } : null;
  }
  return null;
}
