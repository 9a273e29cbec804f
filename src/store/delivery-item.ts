import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Revision } from '../core/change.js';
import { type Delivery, keptUntil } from '../core/delivery.js';
import type { WebhookId } from '../core/id.js';
import { fromDocument, type Item, toDocument } from './document.js';
import type { Database } from './dynamodb.js';
import { keyAttributes, keyIn, keyOf, keys } from './keys.js';
import { makeReading } from './reading.js';

type DeliveryDocument = Omit<Delivery, 'kind' | 'rev' | 'webhookId' | 'eventId'>;

/** What is not delivered stands in an index, which costs nothing for what is. */
export const deliveryItem = {
  toItem(delivery: Delivery, rev: Revision): Item {
    const { kind: _, rev: __, webhookId, eventId, ...document } = delivery;
    return {
      ...keyAttributes(keyOf(delivery)),
      ...toDocument(rev, document satisfies DeliveryDocument),
      ttl: { N: String(Math.ceil(keptUntil(delivery) / 1_000)) },
      ...(document.status !== 'delivered' && {
        i1p: { S: undelivered(webhookId, document.status) },
        i1s: { S: eventId },
      }),
    };
  },
  fromItem(item: Item): Delivery {
    const { rev, document } = fromDocument<DeliveryDocument>(item);
    const webhookId = (item['pk']?.S ?? '').slice('WEBHOOK#'.length) as WebhookId;
    return { kind: 'delivery', rev, webhookId, eventId: item['sk']?.S ?? '', ...document };
  },
};

/** Which deliveries, from where on: after that event, backwards in the feed. */
export interface DeliveryPage {
  readonly status: 'pending' | 'failed' | null;
  readonly before: string | null;
  readonly limit: number;
}

export function makeDeliveryQueries({ client, tableName }: Database, now: () => number) {
  const { get, getMany } = makeReading({ client, tableName });
  const kept = (delivery: Delivery) => keptUntil(delivery) > now();

  const query = async (partition: string, index: '' | 'i1', page: DeliveryPage): Promise<Item[]> => {
    const [pk, sk] = index === '' ? ['pk', 'sk'] : ['i1p', 'i1s'];
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: tableName,
        ...(index === '' ? { ConsistentRead: true } : { IndexName: 'index1' }),
        KeyConditionExpression: `${pk} = :p AND ${sk} < :before`,
        ExpressionAttributeValues: { ':p': { S: partition }, ':before': { S: page.before ?? 'evt_~' } },
        ScanIndexForward: false,
        Limit: page.limit,
      }),
    );
    return Items;
  };

  return {
    /** Whatever is stored, though it be past its time. */
    async delivery(webhookId: WebhookId, eventId: string): Promise<Delivery | null> {
      const item = await get(keys.delivery(webhookId, eventId));
      return item && deliveryItem.fromItem(item);
    },

    /** A page of a webhook's deliveries, the latest event first. The index may lag behind by a moment. */
    async deliveries(webhookId: WebhookId, page: DeliveryPage): Promise<Delivery[]> {
      if (page.status === null)
        return (await query(keys.delivery(webhookId, '').pk, '', page))
          .map(deliveryItem.fromItem)
          .filter(kept);
      const found = await query(undelivered(webhookId, page.status), 'i1', page);
      const wanted = found.map(keyIn);
      const items = await getMany(wanted);
      return wanted
        .map(({ pk, sk }) => items.get(`${pk}|${sk}`))
        .filter((item) => item !== undefined)
        .map(deliveryItem.fromItem)
        .filter(kept);
    },
  };
}

function undelivered(webhookId: WebhookId, status: string): string {
  return `WEBHOOK#${webhookId}#${status}`;
}
