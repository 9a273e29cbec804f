import type { Revision } from '../core/change.js';
import type { WebhookId } from '../core/id.js';
import type { Webhook } from '../core/webhook.js';
import type { WebhookReader } from '../core/webhook-reader.js';
import { fromDocument, type Item, toDocument } from './document.js';
import type { Database } from './dynamodb.js';
import { keyAttributes, keyOf, keys } from './keys.js';
import { makeReading } from './reading.js';
import { webhookReaderItem } from './webhook-reader-item.js';

type WebhookDocument = Omit<Webhook, 'kind' | 'rev'>;

export const webhookItem = {
  toItem(webhook: Webhook, rev: Revision): Item {
    const { kind: _, rev: __, ...document } = webhook;
    return { ...keyAttributes(keyOf(webhook)), ...toDocument(rev, document satisfies WebhookDocument) };
  },
  fromItem(item: Item): Webhook {
    const { rev, document } = fromDocument<WebhookDocument>(item);
    return { kind: 'webhook', rev, ...document };
  },
};

/** Webhooks and their readers, strongly consistent. */
export function makeWebhookQueries({ client, tableName }: Database) {
  const { get, query } = makeReading({ client, tableName });
  return {
    async webhook(id: WebhookId): Promise<Webhook | null> {
      const item = await get(keys.webhook(id));
      return item && webhookItem.fromItem(item);
    },

    async reader(id: WebhookId): Promise<WebhookReader | null> {
      const item = await get(keys.webhookReader(id));
      return item && webhookReaderItem.fromItem(item);
    },

    /** All there are, oldest first: few enough for one partition and all of them to be read at once. */
    async webhooks(): Promise<{
      readonly webhooks: readonly Webhook[];
      readonly readers: readonly WebhookReader[];
    }> {
      const items: Item[] = [];
      const pages = query({
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: keys.webhook('').pk } },
      });
      for await (const page of pages) items.push(...page);
      const isReader = (item: Item) => item['sk']?.S?.endsWith('#READER') === true;
      return {
        webhooks: items.filter((item) => !isReader(item)).map(webhookItem.fromItem),
        readers: items.filter(isReader).map(webhookReaderItem.fromItem),
      };
    },
  };
}
