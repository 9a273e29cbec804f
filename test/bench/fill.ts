import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { v4 as uuid4, v7 as uuid7 } from 'uuid';
import type { Account } from '../../src/core/account.js';
import type { Entity, Revision } from '../../src/core/change.js';
import type { Client } from '../../src/core/client.js';
import { externalId } from '../../src/core/external-id.js';
import { clientId } from '../../src/core/id.js';
import { entriesOf } from '../../src/onboarding/new-client.js';
import { toItem } from '../../src/store/item.js';
import { inParallel } from './onboard.js';

/** As many as a batch takes, four items a client. */
const A_BATCH = 6;

/** Puts connected clients into the table, past the service, as its codecs write one that was really onboarded. */
export async function fill(
  database: { readonly plain: DynamoDBClient; readonly tableName: string },
  model: { readonly client: Client; readonly account: Account },
  from: number,
  to: number,
): Promise<void> {
  const batches = Array.from(
    { length: Math.ceil((to - from) / A_BATCH) },
    (_, place) => from + place * A_BATCH,
  );
  await inParallel(batches, 6, async (first) => {
    const numbers = Array.from({ length: Math.min(A_BATCH, to - first) }, (_, place) => first + place);
    let left = numbers
      .flatMap((number) => copyOf(model, number))
      .map((entity) => ({ PutRequest: { Item: toItem(entity, 'AAAAAAAA' as Revision) } }));
    while (left.length > 0) {
      const RequestItems = { [database.tableName]: left };
      const { UnprocessedItems } = await database.plain.send(new BatchWriteItemCommand({ RequestItems }));
      left = (UnprocessedItems?.[database.tableName] ?? []) as typeof left;
    }
  });
}

function copyOf({ client, account }: { client: Client; account: Account }, number: number): Entity[] {
  const id = clientId(uuid7());
  const accountId = String(700_000_000_000 + number);
  const own = { ...client, id, name: `Client ${number}`, externalId: externalId(uuid4()) };
  const { partition, roleArn } = account;
  return [
    own,
    ...entriesOf(own),
    { ...account, clientId: id, accountId, roleArn: roleArn.replace(account.accountId, accountId) },
    { kind: 'aws-account', rev: null, partition, accountId, clients: [id], shared: false },
  ];
}
