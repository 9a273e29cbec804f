import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  PutItemCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Change, Commit, Committed, Entity, Revision } from '../core/change.js';
import { EVENTS_KEPT_FOR, type NewEvent } from '../core/event.js';
import { type Moves, movesOf } from '../core/moves.js';
import { Problem } from '../core/problem.js';
import { revisionFor } from '../core/revision.js';
import { type Item, revisionOf } from './document.js';
import type { Database } from './dynamodb.js';
import { closeNumber } from './feed-holes.js';
import { feedItem } from './feed-item.js';
import { toItem } from './item.js';
import { keyAttributes, keyOf, keys } from './keys.js';
import { backoff, isPassing } from './transient.js';

/** How long a commit is repeated against throttling, conflicts and outages before its caller is told. */
const PATIENCE = 6_000;

/**
 * The only writer of the table.
 *
 * Each write is conditional on the revision at which its thing was read. A commit with events draws a number
 * in the feed with a plain ADD, outside of the transaction so that no transaction is hot, and puts the events
 * at that number if nobody is there:
 *
 *     writer A   draws 7 ............ (slow) ............ puts 7: taken, so it draws again
 *     writer B          draws 8, puts 8
 *     reader                            sees 8, waits, fills 7 with a tombstone
 *
 * A writer that comes to nothing fills its number itself, so that no reader waits for it.
 *
 * `told` is called with the events once they are in the feed, where they stay `keptFor` milliseconds.
 */
export function makeCommit(
  database: Database,
  told: (events: readonly NewEvent[]) => void,
  keptFor = EVENTS_KEPT_FOR,
): Commit {
  return async (change) => {
    const writes = prepare(change, database.tableName);
    const events = change.events ?? [];
    const entry = { events, moves: movesOf(change) };
    const giveUp = performance.now() + PATIENCE;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const lost = await attemptOnce(database, writes, entry, keptFor);
        if (lost === null) continue;
        refuseRepeats(lost);
        if (lost.length > 0) return { ok: false, lost };
        if (events.length > 0) told(events);
        return written(change, writes);
      } catch (error) {
        if (!isPassing(error) || performance.now() > giveUp) throw error;
        await sleep(backoff(attempt, Math.random()));
      }
    }
  };
}

/** A call that was carried out elsewhere meanwhile is not decided anew: whoever sent it is given that answer. */
function refuseRepeats(lost: readonly Entity[]): void {
  if (lost.some(({ kind }) => kind === 'answer'))
    throw new Problem(
      'request-in-progress',
      'A request with this Idempotency-Key was carried out meanwhile.',
    );
}

interface Write {
  readonly entity: Entity;
  /** Drawn once for all attempts, so that an attempt whose answer was lost is recognized as ours. */
  readonly rev: Revision;
  readonly action: TransactWriteItem;
}

function prepare(change: Change, tableName: string): readonly Write[] {
  const put = change.put.map((entity): Write => {
    const rev = revisionFor(entity, randomBytes(6).toString('base64url'));
    return {
      entity,
      rev,
      action: {
        Put: {
          TableName: tableName,
          Item: toItem(entity, rev),
          ...expects(entity),
        },
      },
    };
  });
  const remove = (change.remove ?? []).map((entity): Write => {
    const Key = keyAttributes(keyOf(entity));
    return {
      entity,
      rev: '' as Revision,
      action: { Delete: { TableName: tableName, Key, ...expects(entity) } },
    };
  });
  return [...put, ...remove];
}

function expects({ rev }: Entity) {
  const onFailure = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
  if (rev === null) return { ConditionExpression: 'attribute_not_exists(pk)', ...onFailure };
  const ExpressionAttributeValues: Record<string, AttributeValue> = {
    ':r': { S: rev },
  };
  return {
    ConditionExpression: 'r = :r',
    ExpressionAttributeValues,
    ...onFailure,
  };
}

/** Returns the things that did not stand as expected, or null where only the number in the feed was taken. */
async function attemptOnce(
  { client, tableName }: Database,
  writes: readonly Write[],
  { events, moves }: { readonly events: readonly NewEvent[]; readonly moves: Moves | null },
  keptFor: number,
): Promise<readonly Entity[] | null> {
  let drawn: number | null = null;
  try {
    const only = writes.length === 1 && events.length === 0 ? writes[0]?.action.Put : undefined;
    if (only !== undefined) {
      await client.send(new PutItemCommand(only));
      return [];
    }
    const TransactItems = writes.map(({ action }) => action);
    if (events.length > 0) {
      drawn = await drawNumber({ client, tableName });
      const Item = feedItem.toItem(drawn, events, moves, keptFor);
      const vacant = { ConditionExpression: 'attribute_not_exists(pk)' };
      TransactItems.push({ Put: { TableName: tableName, Item, ...vacant } });
    }
    await client.send(new TransactWriteItemsCommand({ TransactItems }));
    return [];
  } catch (error) {
    if (drawn !== null && error instanceof TransactionCanceledException)
      await closeNumber({ client, tableName }, drawn, events[0]?.at ?? 0, keptFor).catch(() => false);
    return lostIn(error, writes);
  }
}

async function drawNumber({ client, tableName }: Database): Promise<number> {
  const { Attributes } = await client.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: keyAttributes(keys.counter),
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
      ReturnValues: 'UPDATED_NEW',
    }),
  );
  return Number(Attributes?.['n']?.N);
}

function lostIn(error: unknown, writes: readonly Write[]): readonly Entity[] | null {
  if (error instanceof ConditionalCheckFailedException) return lostWrites(writes, [error.Item ?? {}]);
  if (!(error instanceof TransactionCanceledException) || isPassing(error)) throw error;
  const reasons = error.CancellationReasons ?? [];
  const failed = reasons.map(({ Code, Item }) => (Code === 'ConditionalCheckFailed' ? (Item ?? {}) : null));
  if (failed.every((item) => item === null)) throw error;
  const ours = writes.filter(({ rev }, place) => failed[place] && revisionOf(failed[place]) === rev);
  // All or nothing: one thing at the revision that we drew means that an earlier attempt went through.
  if (ours.length > 0) return [];
  const lost = lostWrites(writes, failed);
  return lost.length > 0 ? lost : null;
}

function lostWrites(writes: readonly Write[], failed: readonly (Item | null)[]): readonly Entity[] {
  return writes
    .filter(({ rev }, place) => failed[place] && revisionOf(failed[place]) !== rev)
    .map(({ entity }) => entity);
}

function written({ put }: Change, writes: readonly Write[]): Committed {
  return {
    ok: true,
    written: put.map((entity, place) => ({
      ...entity,
      rev: writes[place]?.rev ?? null,
    })),
  };
}
