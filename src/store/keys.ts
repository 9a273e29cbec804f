import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Entity } from '../core/change.js';
import { stackKey } from '../core/stack.js';

/** The one place that makes a key of the table. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export const keys = {
  client: (id: string): Key => ({ pk: `CLIENT#${id}`, sk: 'CLIENT' }),
  account: (clientId: string, accountId: string): Key => ({
    pk: `CLIENT#${clientId}`,
    sk: `ACCOUNT#${accountId}`,
  }),
  stack: (clientId: string, accountId: string, key: string): Key => ({
    pk: `CLIENT#${clientId}`,
    sk: `STACK#${accountId}#${key}`,
  }),
  externalId: (externalId: string): Key => ({
    pk: `EXTID#${externalId}`,
    sk: 'LOCK',
  }),
  reference: (reference: string): Key => ({
    pk: `REF#${reference}`,
    sk: 'LOCK',
  }),
  awsAccount: (partition: string, accountId: string): Key => ({
    pk: `AWS#${partition}:${accountId}`,
    sk: 'LOCK',
  }),
  /** A hundred commits share a partition, so that reading the feed is a query a hundred. */
  commit: (number: number): Key => ({
    pk: `FEED#${Math.floor(number / 100)}`,
    sk: feedPosition(number),
  }),
  /** All of them and their readers in one partition, so that they are found by one query. */
  webhook: (id: string): Key => ({ pk: 'WEBHOOKS', sk: id }),
  webhookReader: (id: string): Key => ({ pk: 'WEBHOOKS', sk: `${id}#READER` }),
  delivery: (webhookId: string, eventId: string): Key => ({ pk: `WEBHOOK#${webhookId}`, sk: eventId }),
  /** Fewer than a thousand, in one partition, so that they are listed by one query. */
  apiKey: (id: string): Key => ({ pk: 'KEYS', sk: id }),
  /** Fewer than a thousand, too. */
  group: (id: string): Key => ({ pk: 'GROUPS', sk: id }),
  /** Swept away some time after they are finished. */
  deployment: (id: string): Key => ({ pk: 'DEPLOYMENTS', sk: id }),
  deploymentWatch: { pk: 'DEPLOYMENTS', sk: 'WATCH' } as Key,
  /** All that is counted in one partition: how everything stands, and each day. */
  overview: { pk: 'OVERVIEW', sk: 'TOTALS' } as Key,
  overviewDay: (day: string): Key => ({ pk: 'OVERVIEW', sk: `DAY#${day}` }),
  answer: (callerId: string, name: string): Key => ({ pk: `IDEM#${callerId}#${name}`, sk: 'R' }),
  /** What all instances have drawn from a window of a rate that they share. */
  budget: (window: number): Key => ({ pk: `BUDGET#${window}`, sk: 'COUNTER' }),
  /** What all instances share and nobody else knows. */
  secret: (name: string): Key => ({ pk: 'SECRET', sk: name }),
  counter: { pk: 'FEED', sk: 'COUNTER' } as Key,
};

/** A number in the feed as text that sorts like it. */
export function feedPosition(number: number): string {
  return String(number).padStart(15, '0');
}

/**
 * Due times are spread over this many partitions of the index. Every instance asks each of them every two seconds,
 * which is most of what one with nothing to do costs; and each takes 1,000 writes a second, of which an onboarding
 * makes four. So four are cheap, and full at some thousand onboardings a second.
 * Source: DynamoDB Developer Guide, Partitions and data distribution.
 */
export const DUE_SHARDS = 4;

/**
 * The index keys under which what is due is found: stacks to look after and accounts to verify again apart, so
 * that a page of one is not filled by the other. The shard follows from what it belongs to.
 */
export function dueIndex(what: 'STACKS' | 'ACCOUNTS', shardBy: string, due: number) {
  let hash = 0;
  for (const char of shardBy) hash = (hash * 31 + char.charCodeAt(0)) >>> 0;
  return { i2p: { S: dueShard(what, hash % DUE_SHARDS) }, i2s: { S: new Date(due).toISOString() } };
}

export function dueShard(what: 'STACKS' | 'ACCOUNTS', shard: number): string {
  return `DUE#${what}#${shard}`;
}

/**
 * The index keys under which the accounts are found that people may switch into, those of one client side by side.
 */
export function peopleIndex({
  clientId,
  accountId,
}: {
  readonly clientId: string;
  readonly accountId: string;
}) {
  return { i1p: { S: PEOPLE }, i1s: { S: `${clientId}#${accountId}` } };
}

export const PEOPLE = 'PEOPLE';

/** The key of an item, or of an index's entry. */
export function keyIn(item: Readonly<Record<string, AttributeValue>>): Key {
  return { pk: item['pk']?.S ?? '', sk: item['sk']?.S ?? '' };
}

/** The index keys under which the groups are found that have a selector, each with its revision. */
export function selectingIndex(groupId: string, rev: string) {
  return { i1p: { S: SELECTING }, i1s: { S: `${groupId}#${rev}` } };
}

export const SELECTING = 'SELECTING';

export function keyOf(entity: Entity): Key {
  switch (entity.kind) {
    case 'client':
      return keys.client(entity.id);
    case 'external-id':
      return keys.externalId(entity.externalId);
    case 'reference':
      return keys.reference(entity.reference);
    case 'account':
      return keys.account(entity.clientId, entity.accountId);
    case 'aws-account':
      return keys.awsAccount(entity.partition, entity.accountId);
    case 'stack':
      return keys.stack(entity.clientId, entity.accountId, stackKey(entity));
    case 'webhook':
      return keys.webhook(entity.id);
    case 'webhook-reader':
      return keys.webhookReader(entity.webhookId);
    case 'delivery':
      return keys.delivery(entity.webhookId, entity.eventId);
    case 'api-key':
      return keys.apiKey(entity.id);
    case 'group':
      return keys.group(entity.id);
    case 'deployment':
      return keys.deployment(entity.id);
    case 'deployment-watch':
      return keys.deploymentWatch;
    case 'overview':
      return keys.overview;
    case 'overview-day':
      return keys.overviewDay(entity.day);
    case 'answer':
      return keys.answer(entity.callerId, entity.name);
  }
}

export function keyAttributes({ pk, sk }: Key): {
  pk: AttributeValue;
  sk: AttributeValue;
} {
  return { pk: { S: pk }, sk: { S: sk } };
}
