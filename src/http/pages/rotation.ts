import { parseStackId } from '../../core/stack-id.js';
import type { OpenRotation } from '../../keeping/show-rotation.js';
import { readableCommand, utc } from './launch-facts.js';
import type { Letterhead } from './letterhead.js';
import { render } from './render.js';

export interface RotationPageView extends Letterhead, OpenRotation {}

/** The page that tells a client's administrator how the stacks get their new external ID, and that they have. */
export function rotationPage({ rotation, ...view }: RotationPageView): string {
  const accounts = (rotation?.accounts ?? []).map((account) => ({
    ...account,
    command: account.command && readableCommand(account.command),
    stackName: parseStackId(account.stackId ?? '')?.name ?? '',
  }));
  const left = accounts.filter(({ rotated }) => !rotated).length;
  return render('rotation', { ...view, rotation, accounts, utc, left });
}
