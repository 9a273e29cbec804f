import t from 'tap';
import { makeReadClient } from '../../src/keeping/read-client.js';
import { aClient, accountId, anAccount, ourId } from '../core/things.js';

const reads = (client: ReturnType<typeof aClient> | null, account: ReturnType<typeof anAccount> | null) =>
  makeReadClient({ client: async () => client, clientWithAccount: async () => ({ client, account }) });
const noClient = { code: 'not-found', message: new RegExp(ourId) };

t.test('a client is read, and an account with it', async (t) => {
  const { readClient, readAccount } = reads(aClient(), anAccount());
  t.strictSame(await readClient(ourId), { client: aClient() });
  t.strictSame(await readAccount(ourId, accountId), { client: aClient(), account: anAccount() });
});

t.test('one that there never was, or is no longer, is not found, and its accounts neither', async (t) => {
  for (const client of [null, aClient({ removedAt: 1 })]) {
    const { readClient, readAccount } = reads(client, anAccount());
    await t.rejects(readClient(ourId), noClient);
    await t.rejects(readAccount(ourId, accountId), noClient);
  }
  await t.rejects(reads(aClient(), null).readAccount(ourId, accountId), {
    code: 'not-found',
    message: new RegExp(accountId),
  });
  await t.rejects(reads(aClient(), anAccount()).readAccount('no id', accountId), { code: 'not-found' });
});
