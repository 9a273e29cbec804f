import { randomBytes } from 'node:crypto';
import {
  BatchGetItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  accountDocument,
  connectedEvents,
  type FloorClient,
  type FloorStack,
  invitedEvents,
  stackDocument,
} from './items.js';

const KEPT = 400 * 86_400;

/** The eight requests of an onboarding, with the service's settings and conditions. */
export function openTable(TableName: string) {
  const client = new DynamoDBClient({
    cacheMiddleware: true,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
  client.middlewareStack.remove('loggerMiddleware');
  const revisions = new WeakMap<FloorClient, string>();

  const put = (Item: Record<string, { S: string } | { N: string }>, rev: string | null) => ({
    TableName,
    Item,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    ...(rev === null
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : { ConditionExpression: 'r = :r', ExpressionAttributeValues: { ':r': { S: rev } } }),
  });

  const feed = async (clientId: string, events: readonly unknown[]) => {
    const { Attributes } = await client.send(
      new UpdateItemCommand({
        ...{ TableName, Key: { pk: { S: 'FEED' }, sk: { S: 'COUNTER' } } },
        ...{ UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': { N: '1' } } },
        ReturnValues: 'UPDATED_NEW',
      }),
    );
    const number = Number(Attributes?.['n']?.N);
    const place = String(number).padStart(15, '0');
    const Item = {
      ...{ pk: { S: `FEED#${Math.floor(number / 100)}` }, sk: { S: place }, v: { N: '1' } },
      d: { S: JSON.stringify(events) },
      ttl: { N: String(Math.ceil(Date.now() / 1000) + KEPT) },
      ...{ i1p: { S: `CLIENT#${clientId}` }, i1s: { S: place } },
    };
    return { Put: { TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' } };
  };

  const transact = (
    TransactItems: { Put: ReturnType<typeof put> | Awaited<ReturnType<typeof feed>>['Put'] }[],
  ) => client.send(new TransactWriteItemsCommand({ TransactItems }));

  const read = (item: Record<string, { S?: string | undefined }> | undefined): FloorClient | null => {
    if (item === undefined) return null;
    const found: FloorClient = JSON.parse(item['d']?.S ?? '');
    revisions.set(found, item['r']?.S ?? '');
    return found;
  };

  return {
    database: client,

    async invite(invited: FloorClient): Promise<void> {
      const entry = {
        ...item(`EXTID#${invited.externalId}`, 'LOCK', newRevision(), { clientId: invited.id }),
        ...{ i1p: { S: 'PROFILE#security-audit' }, i1s: { S: invited.id } },
        ...{ i2p: { S: 'CLIENTS' }, i2s: { S: invited.id } },
      };
      const events = await feed(invited.id, invitedEvents(invited));
      await transact([{ Put: put(clientItem(invited), null) }, { Put: put(entry, null) }, events]);
    },

    async client(id: string): Promise<FloorClient | null> {
      const Key = clientKey(id);
      return read((await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item);
    },

    /** All that an event is decided on; the client alone is there at a Create. */
    async around({ clientId, accountId, partition, key }: FloorStack): Promise<FloorClient | null> {
      const pk = { S: `CLIENT#${clientId}` };
      const Keys = [
        clientKey(clientId),
        { pk, sk: { S: `ACCOUNT#${accountId}` } },
        { pk: { S: `AWS#${partition}:${accountId}` }, sk: { S: 'LOCK' } },
        { pk, sk: { S: `STACK#${accountId}#${key}` } },
      ];
      const { Responses } = await client.send(
        new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }),
      );
      return read(Responses?.[TableName]?.find(({ sk }) => sk?.S === 'CLIENT'));
    },

    async record(stack: FloorStack): Promise<string> {
      const rev = newRevision();
      await client.send(new PutItemCommand(put(stackItem(stack, 'received', rev), null)));
      return rev;
    },

    async connect(found: FloorClient, stack: FloorStack, granted: readonly string[], before: string) {
      const { accountId, partition, clientId } = stack;
      const rev = newRevision();
      const account = accountDocument(found, stack, granted);
      const launch = { ...found.launches[0], accounts: [accountId] };
      const connected = {
        ...found,
        status: 'connected',
        updatedAt: Date.now(),
        launches: [launch] as [typeof launch],
      };
      const events = await feed(clientId, connectedEvents(stack));
      const owner = { partition, accountId, clients: [clientId], shared: false };
      const accountEntry = {
        ...item(`CLIENT#${clientId}`, `ACCOUNT#${accountId}`, newRevision(), account),
        i2p: { S: `DUE#ACCOUNTS#${shardOf(stack)}` },
        i2s: { S: new Date(account.nextVerificationAt).toISOString() },
      };
      await transact([
        { Put: put(stackItem(stack, 'connected', rev), before) },
        { Put: put(accountEntry, null) },
        { Put: put(item(`AWS#${partition}:${accountId}`, 'LOCK', newRevision(), owner), null) },
        { Put: put(clientItem(connected), revisions.get(found) ?? '') },
        events,
      ]);
      return rev;
    },

    async settle(stack: FloorStack, rev: string): Promise<void> {
      await client.send(new PutItemCommand(put(stackItem(stack, 'settled', newRevision()), rev)));
    },
  };
}

function newRevision(): string {
  return randomBytes(6).toString('base64url');
}

function item(pk: string, sk: string, rev: string, document: unknown) {
  return { pk: { S: pk }, sk: { S: sk }, v: { N: '1' }, r: { S: rev }, d: { S: JSON.stringify(document) } };
}

function clientKey(id: string) {
  return { pk: { S: `CLIENT#${id}` }, sk: { S: 'CLIENT' } };
}

function clientItem(client: FloorClient) {
  return {
    ...item(`CLIENT#${client.id}`, 'CLIENT', newRevision(), client),
    ...{ i1p: { S: `STATUS#${client.status}` }, i1s: { S: client.id } },
    ...{ i2p: { S: 'NAME' }, i2s: { S: `${client.name.toLowerCase()}\u0000${client.id}` } },
  };
}

function stackItem(stack: FloorStack, state: 'received' | 'connected' | 'settled', rev: string) {
  const { clientId, accountId, key, receivedAt } = stack;
  const written = item(`CLIENT#${clientId}`, `STACK#${accountId}#${key}`, rev, stackDocument(stack, state));
  if (state === 'settled') return written;
  const due = new Date(receivedAt + 10_000).toISOString();
  return { ...written, i2p: { S: `DUE#STACKS#${shardOf(stack)}` }, i2s: { S: due } };
}

function shardOf({ accountId }: FloorStack): number {
  return Number(accountId.slice(-4)) % 4;
}
