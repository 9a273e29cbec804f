import { type Account, isLive } from '../../core/account.js';
import { managementAccountOf } from '../../core/launch.js';
import type { OpenLaunch } from '../../onboarding/open-launch.js';
import { standingOf } from './launch-state.js';

/** How the members of an organization stand, once its management account is connected. */
export interface Members {
  /** Of how many the role can be entered. */
  readonly connected: number;
  /** Those that somebody may have to look after first, then the latest; at most fifty. */
  readonly rows: readonly { readonly accountId: string; readonly words: string; readonly isWell: boolean }[];
  /** How many are not among the rows. */
  readonly others: number;
}

/** A page is read by people: ten thousand accounts are for the API to list. */
const MOST_ROWS = 50;

/** The members that came by an organization's link; null before its management account has, and for other links. */
export function membersOf({ launch, accounts }: Pick<OpenLaunch, 'launch' | 'accounts'>): Members | null {
  const management = managementAccountOf(launch);
  if (management === null) return null;
  const members = accounts.filter(({ accountId }) => accountId !== management).reverse();
  const ranked = [...members].sort((a, b) => rankOf(a) - rankOf(b));
  const rows = ranked.slice(0, MOST_ROWS).map((account) => ({
    accountId: account.accountId,
    words: wordsOf(account),
    isWell: rankOf(account) === WELL,
  }));
  return { connected: members.filter(isLive).length, rows, others: members.length - rows.length };
}

const WELL = 2;

function rankOf(account: Account): number {
  const standing = standingOf(account);
  if (standing === 'disconnected') return 3;
  if (standing === 'connected' && account.organization?.left !== true) return WELL;
  return standing === 'verifying' ? 1 : 0;
}

function wordsOf(account: Account): string {
  const standing = standingOf(account);
  if (standing === 'connected' && account.organization?.left) return 'left the organization, still connected';
  return {
    ...{ verifying: 'verifying', undecided: 'not verified', connected: 'connected' },
    ...{ degraded: 'last check failed', rejected: 'refused', disconnected: 'access ended' },
  }[standing];
}
