import type { Access } from '../../access/read-access.js';
import type { Letterhead } from './letterhead.js';
import { render } from './render.js';

/** The accounts that a member may enter, to look at, filter and click. `configUrl` is null where no link led here. */
export function accessPage(
  head: Letterhead,
  { group, user, accounts }: Access,
  configUrl: string | null,
): string {
  const rows = accounts.map(({ client, account, role, switchRoleUrl, profileName }) => ({
    ...{ name: client.name, accountId: account.accountId, switchRoleUrl, profileName, roleArn: role.text },
  }));
  const byName = rows.sort(
    (a, b) => a.name.localeCompare(b.name, 'en') || (a.accountId < b.accountId ? -1 : 1),
  );
  return render('access', { ...head, group: group.name, user, rows: byName, configUrl });
}

/** For a link that leads nowhere, whatever the reason. */
export function noAccessPage(head: Letterhead): string {
  return render('no-access', head);
}
