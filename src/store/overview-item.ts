import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Revision } from '../core/change.js';
import type { Overview, OverviewDay } from '../core/overview.js';
import { fromDocument, type Item, toDocument } from './document.js';
import type { Database } from './dynamodb.js';
import { keyAttributes, keyOf, keys } from './keys.js';
import { makeReading } from './reading.js';

/** From when on a day is no longer shown, in seconds, and may be swept away. */
const SWEPT_AFTER = 100 * 86_400;

export const overviewItem = {
  toItem(overview: Overview, rev: Revision): Item {
    const { kind: _, rev: __, ...document } = overview;
    return { ...keyAttributes(keyOf(overview)), ...toDocument(rev, document) };
  },
  fromItem(item: Item): Overview {
    const { rev, document } = fromDocument<Omit<Overview, 'kind' | 'rev'>>(item);
    return { kind: 'overview', rev, ...document };
  },
};

export const overviewDayItem = {
  toItem(day: OverviewDay, rev: Revision): Item {
    const { kind: _, rev: __, ...document } = day;
    const ttl = { N: String(Date.parse(day.day) / 1_000 + SWEPT_AFTER) };
    return { ...keyAttributes(keyOf(day)), ...toDocument(rev, document), ttl };
  },
  fromItem(item: Item): OverviewDay {
    const { rev, document } = fromDocument<Omit<OverviewDay, 'kind' | 'rev'>>(item);
    return { kind: 'overview-day', rev, ...document };
  },
};

/** What has been counted, strongly consistent; null where nothing was yet. */
export function makeOverviewQueries({ client, tableName }: Database) {
  const { get, getMany } = makeReading({ client, tableName });
  return {
    async overview(): Promise<Overview | null> {
      const item = await get(keys.overview);
      return item && overviewItem.fromItem(item);
    },

    /** Of these days the ones on which something happened. */
    async overviewDays(days: readonly string[]): Promise<OverviewDay[]> {
      if (days.length === 0) return [];
      const items = await getMany(days.map((day) => keys.overviewDay(day)));
      return [...items.values()].map(overviewDayItem.fromItem);
    },

    /** Everything from a day on: one query, whose cost is that of the days. */
    async overviewSince(
      day: string,
    ): Promise<{ readonly overview: Overview | null; readonly days: readonly OverviewDay[] }> {
      const { pk, sk } = keys.overviewDay(day);
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: tableName,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND sk >= :sk',
          ExpressionAttributeValues: { ':pk': { S: pk }, ':sk': { S: sk } },
        }),
      );
      const totals = Items.find((item) => item['sk']?.S === keys.overview.sk);
      return {
        overview: totals === undefined ? null : overviewItem.fromItem(totals),
        days: Items.filter((item) => item !== totals).map(overviewDayItem.fromItem),
      };
    },
  };
}
