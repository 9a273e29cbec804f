import {
  type AttributeValue,
  BatchGetItemCommand,
  GetItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import Fastify from 'fastify';
import { clientOf, launchOf, newTokens } from './items.js';
import { openTable } from './table.js';

type Item = Record<string, AttributeValue>;

/** Routes of Fastify as bare as they come, each with the calls of DynamoDB that the service’s makes, by its settings. */
const { PORT, TABLE_NAME: TableName = '' } = process.env;
const app = Fastify();
const table = openTable(TableName);
const { database } = table;

const get = async (pk: string, sk: string) => {
  const Key = { pk: { S: pk }, sk: { S: sk } };
  return read((await database.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item);
};

const getMany = async (Keys: Item[]) => {
  const RequestItems = { [TableName]: { Keys, ConsistentRead: true } };
  const { Responses } = await database.send(new BatchGetItemCommand({ RequestItems }));
  return (Responses?.[TableName] ?? []).map(read);
};

app.get('/readyz', async () => ({ status: 'ready' }));

app.get<{ Params: { id: string } }>('/v1/clients/:id', ({ params }) => get(`CLIENT#${params.id}`, 'CLIENT'));

app.get<{ Params: { id: string; account: string } }>(
  '/v1/clients/:id/accounts/:account',
  async ({ params }) => {
    const pk = { S: `CLIENT#${params.id}` };
    const Keys = [
      { pk, sk: { S: 'CLIENT' } },
      { pk, sk: { S: `ACCOUNT#${params.account}` } },
    ];
    const [, account] = await getMany(Keys);
    return account;
  },
);

app.get('/v1/clients', async () => {
  const { Items = [] } = await database.send(
    new QueryCommand({
      ...{ TableName, IndexName: 'index2', Limit: 26 },
      KeyConditionExpression: 'i2p = :part AND i2s > :after',
      ExpressionAttributeValues: { ':part': { S: 'CLIENTS' }, ':after': { S: ' ' } },
    }),
  );
  const Keys = Items.slice(0, 25).map(({ i2s }) => ({ pk: { S: `CLIENT#${i2s?.S}` }, sk: { S: 'CLIENT' } }));
  return { items: await getMany(Keys), nextCursor: null };
});

app.get<{ Querystring: { after: string; limit: string } }>('/v1/events', async ({ query }) => {
  const after = Number(query.after.split('_')[1]?.split('.')[0]);
  const { Items = [] } = await database.send(
    new QueryCommand({
      ...{ TableName, ConsistentRead: true, Limit: Number(query.limit) },
      KeyConditionExpression: 'pk = :p AND sk >= :from',
      ExpressionAttributeValues: {
        ':p': { S: `FEED#${Math.floor((after + 1) / 100)}` },
        ':from': { S: String(after + 1).padStart(15, '0') },
      },
    }),
  );
  return { items: Items.flatMap(read), position: query.after };
});

app.post<{ Body: { name: string } }>('/v1/clients', async ({ body }, reply) => {
  const id = `cli_${crypto.randomUUID()}`;
  const { pageToken, callbackToken } = newTokens(id);
  const client = clientOf(id, body.name, launchOf(body.name, pageToken, callbackToken));
  await table.invite(client);
  return reply.code(201).send(client);
});

await app.listen({ host: '127.0.0.1', port: Number(PORT) });

function read(item: Item | undefined) {
  return JSON.parse(item?.['d']?.S ?? 'null');
}
