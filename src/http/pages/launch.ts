import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Account } from '../../core/account.js';
import type { LaunchLinks } from '../../onboarding/launch-links.js';
import type { OpenLaunch } from '../../onboarding/open-launch.js';
import type { Profile } from '../../templates/profiles.js';

/** What the launch page is made of. Everything in it is escaped where it is put into the page. */
export interface LaunchPageView extends OpenLaunch {
  readonly links: LaunchLinks | null;
  readonly templateUrl: string;
  readonly profile: Profile | null;
  readonly now: number;
}

const eta = new Eta({
  views: fileURLToPath(new URL('./views', import.meta.url)),
  cache: true,
  autoEscape: true,
});

/** The page behind a launch link, with the progress as it stands. */
export function launchPage(view: LaunchPageView): string {
  return eta.render('./launch', { ...view, state: launchState(view) });
}

/** The part of the page that changes while the stack is being made. */
export function launchProgress(view: LaunchPageView): string {
  return eta.render('./progress', { ...view, state: launchState(view) });
}

/** The page for a link that nobody has, or no longer. */
export function missingPage(): string {
  return eta.render('./missing', {});
}

export type LaunchState = 'waiting' | 'verifying' | 'connected' | 'rejected' | 'expired' | 'revoked';

/** What the page says, in one word: the account that moved last counts, then the link itself. */
export function launchState({ accounts, status }: Pick<OpenLaunch, 'accounts' | 'status'>): LaunchState {
  const last: Account | undefined = accounts.at(-1);
  if (accounts.some((account) => account.status === 'verifying')) return 'verifying';
  if (last?.status === 'connected' || last?.status === 'degraded') return 'connected';
  if (status === 'expired' || status === 'revoked') return status;
  return last?.status === 'rejected' ? 'rejected' : 'waiting';
}
