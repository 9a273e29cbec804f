import { type Account, isLive } from '../../core/account.js';
import { managementAccountOf } from '../../core/launch.js';
import type { OpenLaunch } from '../../onboarding/open-launch.js';
import { standingOf } from './launch-state.js';

/** How the members of an organization stand, once its management account is connected. */
export interface Members {
  /** Of how many the role can be entered. */
  readonly connected: number;
  /** Those that are not as they should be, the worst first, each with how it stands. */
  readonly odd: Listed<{ readonly accountId: string; readonly words: string }>;
  /** Those that are, the latest first. */
  readonly well: Listed<string>;
}

/** As many as people read, and how many there are besides: the API lists all ten thousand. */
interface Listed<Row> {
  readonly rows: readonly Row[];
  readonly more: number;
}

const MOST_ODD = 50;
const MOST_WELL = 24;

/** The members that came by an organization's link; null before its management account has, and for other links. */
export function membersOf({ launch, accounts }: Pick<OpenLaunch, 'launch' | 'accounts'>): Members | null {
  const management = managementAccountOf(launch);
  if (management === null) return null;
  const members = accounts.filter(({ accountId }) => accountId !== management).reverse();
  const odd = members.filter((account) => rankOf(account) !== WELL);
  return {
    connected: members.filter(isLive).length,
    odd: listed(
      odd
        .sort((a, b) => rankOf(a) - rankOf(b))
        .map((one) => ({ accountId: one.accountId, words: wordsOf(one) })),
      MOST_ODD,
    ),
    well: listed(
      members.filter((account) => rankOf(account) === WELL).map(({ accountId }) => accountId),
      MOST_WELL,
    ),
  };
}

function listed<Row>(all: readonly Row[], most: number): Listed<Row> {
  return { rows: all.slice(0, most), more: Math.max(0, all.length - most) };
}

const WELL = 4;
const RANKS = {
  rejected: 0,
  undecided: 0,
  degraded: 1,
  verifying: 3,
  connected: WELL,
  disconnected: 5,
} as const;

function rankOf(account: Account): number {
  const standing = standingOf(account);
  return standing === 'connected' && account.organization?.left ? 2 : RANKS[standing];
}

const WORDS = {
  ...{ rejected: 'refused', undecided: 'not verified', degraded: 'last check failed' },
  ...{ verifying: 'verifying', connected: 'left the organization', disconnected: 'access ended' },
} as const;

function wordsOf(account: Account): string {
  return WORDS[standingOf(account)];
}
