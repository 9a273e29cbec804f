import { printable } from '../../access/printable.js';
import type { Access } from '../../access/read-access.js';
import type { Letterhead } from './letterhead.js';
import { render } from './render.js';

interface Where {
  /** Where the config file is; null where no link led here, or there is none. */
  readonly configUrl: string | null;
  /** Whether whoever has the address sees the page. */
  readonly isSecret: boolean;
  readonly centralAccountId: string | null;
}

/** The accounts that a member may enter, to look at, filter and click. */
export function accessPage(
  head: Letterhead,
  { group, user, accounts, leftOut }: Access,
  where: Where,
): string {
  const rows = accounts.map(({ client, account, role, switchRoleUrl, profileName }) => ({
    ...{ name: shown(client), accountId: account.accountId, switchRoleUrl, profileName, roleArn: role.text },
  }));
  const others = leftOut.map(({ client, account, reason }) => ({
    ...{ name: shown(client), accountId: account?.accountId ?? '', why: WHY[reason] },
  }));
  const lists = { rows: rows.sort(byName), others: others.sort(byName) };
  return render('access', { ...head, group: shown(group), user, ...lists, ...where });
}

/** As long as the API takes one. */
const LONGEST_NAME = 200;

const WHY = { 'not-connected': 'not connected', 'no-role-for-people': 'has no role for people' };

/** A name may be nothing that can be seen; an id is at least something to click. */
function shown({ id, name }: { readonly id: string; readonly name: string }): string {
  return printable(name, LONGEST_NAME) || id;
}

interface Named {
  readonly name: string;
  readonly accountId: string;
}

function byName(a: Named, b: Named): number {
  return a.name.localeCompare(b.name, 'en') || (a.accountId < b.accountId ? -1 : 1);
}

/** For a link that leads nowhere, whatever the reason. */
export function noAccessPage(head: Letterhead): string {
  return render('no-access', head);
}
