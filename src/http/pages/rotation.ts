import { parseStackId } from '../../core/stack-id.js';
import { readableCommand, utc } from './launch-facts.js';
import type { Letterhead } from './letterhead.js';
import { render } from './render.js';

export interface RotationPageView extends Letterhead {
  readonly clientName: string;
  readonly externalId: string;
  readonly expiresAt: number;
  readonly accounts: readonly {
    readonly accountId: string;
    readonly stackId: string | null;
    readonly region: string | null;
    readonly rotated: boolean;
    readonly command: string | null;
  }[];
}

/** The page that tells a client's administrator how the stacks get their new external ID. */
export function rotationPage(view: RotationPageView): string {
  const accounts = view.accounts.map((account) => ({
    ...account,
    command: account.command && readableCommand(account.command),
    stackName: parseStackId(account.stackId ?? '')?.name ?? '',
  }));
  return render('rotation', {
    ...view,
    accounts,
    utc,
    left: accounts.filter(({ rotated }) => !rotated).length,
  });
}
