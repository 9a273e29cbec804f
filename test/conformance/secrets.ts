import { paginateScan } from '@aws-sdk/client-dynamodb';
import { databaseAt, localUrl } from '../store/database.js';
import { type Json, KEY } from '../support/world.js';
import type { Attempt } from './attempts.js';
import { connected } from './aws.js';
import type { Own } from './deployment.js';

const cls = 'Session credentials stored or logged';

/** What a session is made of; the sandbox signs the addresses of its bucket with a key that is none. */
const CREDENTIAL = /ASIA(?!SANDBOXRESPONSES)[A-Z0-9]{12,}|SecretAccessKey|SessionToken|X-Amz-Security-Token=/;

/** All that is stored, as one text. */
export async function allStored({ world }: Own): Promise<string> {
  const { client, tableName: TableName } = databaseAt(localUrl(), String(world.environment['TABLE_NAME']));
  let text = '';
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) text += JSON.stringify(Items);
  client.destroy();
  return text;
}

/** Where secrets could be, after a client was connected: each place as one text. */
async function places(target: Own, client: Json) {
  return {
    log: target.service.output(),
    table: await allStored(target),
    events: JSON.stringify(await target.eventsOf(client)),
    account: JSON.stringify(await target.accountsOf(client)),
  };
}

const tokens = ({ launch }: Json): string[] =>
  [launch.pageUrl, launch.callbackUrl].map((url: string) => url.split('/').at(-1) ?? '');

const look = (
  attempt: string,
  where: keyof Awaited<ReturnType<typeof places>>,
  secret: (text: string, client: Json) => boolean,
): Attempt => ({
  ...{ cls, attempt: `${attempt} in the ${where}`, expected: 'not there' },
  needs: 'own',
  run: async (target) => {
    const { client } = await connected(target);
    await target.call('GET', client.launch.pageUrl);
    const text = (await places(target, client))[where];
    if (text.length < 100) return `nothing is in the ${where}`;
    return secret(text, client) ? 'THERE' : 'not there';
  },
});

export const secrets: readonly Attempt[] = [
  ...(['log', 'table', 'events', 'account'] as const).flatMap((where) => [
    look('credentials of a session', where, (text) => CREDENTIAL.test(text)),
    look('a link’s tokens', where, (text, client) => tokens(client).some((token) => text.includes(token))),
    look('the API key', where, (text) => text.includes(KEY)),
  ]),
  look('the external ID', 'log', (text, { externalId }) => text.includes(externalId)),
  look('the external ID', 'events', (text, { externalId }) => text.includes(externalId)),
];
