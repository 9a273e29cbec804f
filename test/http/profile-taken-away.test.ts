import t from 'tap';
import { startDeployment } from '../support/deployment.js';
import {
  api,
  createStack,
  eventually,
  invite,
  type Json,
  settledStack,
  startService,
} from '../support/world.js';

// A profile with people is offered only where there is an account that they come from.
const { world, service, accountsOf } = await startDeployment(t, { centralAccountId: '222222222222' });

t.test(
  'clients whose profile is no longer offered are shown, changed and let go like any others',
  async (t) => {
    const fields = { profile: 'security-audit-team' };
    const client = await invite(service, fields);
    const { status, reasons } = await settledStack(world, await createStack(world, client));
    t.equal(status, 'CREATE_COMPLETE', reasons);
    const invited = await invite(service, fields);
    const other = await invite(service);

    const later = await startService(world, undefined, {
      ...{ CENTRAL_ACCOUNT_ID: '', TEMPLATE_CHECK: 'skip' },
    });
    t.teardown(() => later.kill());
    const call = (method: string, path: string, body?: object) => api(later, method, path, body);
    const list = await call('GET', '/v1/clients');
    t.equal(list.status, 200);
    t.strictSame(
      list.body.items.map(({ id, launch }: Json) => [id, launch.templateUrl === null]),
      [
        [client.id, true],
        [invited.id, true],
        [other.id, false],
      ],
    );
    const path = `/v1/clients/${client.id}`;
    t.match(await call('GET', path), { status: 200, body: { launch: { templateUrl: null } } });
    t.match(await call('GET', `${path}/launches`), { status: 200 });
    const [account] = (await call('GET', `${path}/accounts`)).body.items;
    t.match(account, { status: 'connected', outdated: false, updateCommand: null });
    t.match(await call('PATCH', path, { name: 'Renamed' }), { status: 200, body: { name: 'Renamed' } });

    const refused = await call('POST', `${path}/launches`, {});
    t.match(refused.body, { code: 'profile-unknown', detail: /no longer offered/ });
    t.equal((await call('GET', `${path}/launches`)).body.items.length, 1, 'no link is made');

    const { pathname } = new URL(invited.launch.pageUrl);
    const page = await fetch(later.url + pathname);
    t.equal(page.status, 200);
    const html = await page.text();
    t.match(html, /no longer offered. Ask for a new link/);
    t.notMatch(html, /id="launch-stack"/, 'there is nothing to launch');
    t.equal((await fetch(`${later.url}${pathname}/template.yaml`)).status, 404);

    const address = `${path}/accounts/${account.accountId}`;
    t.match(await call('POST', `${address}/verifications`), { status: 200 });
    t.equal((await call('DELETE', address)).status, 204);
    await eventually(
      () => accountsOf(client, later),
      ([left]) => left.status === 'disconnected',
    );
    t.equal((await call('DELETE', path)).status, 204);
  },
);
