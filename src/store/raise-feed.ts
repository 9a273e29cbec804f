import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConditionalCheckFailedException,
  DescribeTableCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Database } from './dynamodb.js';
import { closeNumber } from './feed-holes.js';
import { keyAttributes, keys } from './keys.js';
import { makeReading } from './reading.js';
import { backoff, isPassing } from './transient.js';

/** The numbers of the feed that a restored table leaves out, since they may have been given out before. */
export interface Raised {
  /** The last number that the table knew. */
  readonly from: number;
  /** The last one that is left out. */
  readonly to: number;
  readonly at: number;
  /** Whether all of them are closed and it was told: then nothing of it is left to do. */
  readonly done: boolean;
}

/** Numbers that are closed at once: each takes a connection. */
const AT_ONCE = 20;
/** How often what passes is tried again before the run breaks off; a second run goes on. */
const MOST_ATTEMPTS = 10;

/**
 * Raises the feed's counter beyond what may have been given out, and closes what lies between, as readers expect: so
 * whoever was further than the restored table goes on there, and no number is given to another event.
 *
 * What was done stands beside the counter with the table's own id, by which a second run knows it, and a table that is
 * restored from this one later does not.
 */
export function makeRaiseFeed(database: Database, now: () => number, keptFor: number) {
  const { client, tableName: TableName } = database;
  const { get } = makeReading(database);
  const Key = keyAttributes(keys.counter);

  const tableId = async (): Promise<string> => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    return Table?.TableId ?? `${Table?.TableArn} ${Table?.CreationDateTime?.toISOString()}`;
  };

  return {
    /** The last number drawn, and what was left out since this table was restored; null where that was not done. */
    async state(): Promise<{ readonly drawn: number; readonly raised: Raised | null }> {
      const counter = await get(keys.counter);
      const raised = counter?.['raised']?.M;
      const mine = raised?.['table']?.S === (await tableId());
      return {
        drawn: Number(counter?.['n']?.N ?? 0),
        raised: mine
          ? {
              from: Number(raised?.['from']?.N),
              to: Number(raised?.['to']?.N),
              at: Number(raised?.['at']?.N),
              done: raised?.['done']?.BOOL === true,
            }
          : null,
      };
    },

    /** Raises the counter from where it stands to `to`; null where it has moved since it was read. */
    async raise(from: number, to: number): Promise<Raised | null> {
      const raised = { from, to, at: now(), done: false };
      try {
        await client.send(
          new UpdateItemCommand({
            TableName,
            Key,
            UpdateExpression: 'SET n = :to, raised = :raised',
            // Of a table without events the counter is not there yet.
            ConditionExpression: from === 0 ? 'attribute_not_exists(n)' : 'n = :from',
            ExpressionAttributeValues: {
              ':to': { N: String(to) },
              ...(from > 0 && { ':from': { N: String(from) } }),
              ':raised': {
                M: {
                  table: { S: await tableId() },
                  from: { N: String(from) },
                  to: { N: String(to) },
                  at: { N: String(raised.at) },
                },
              },
            },
          }),
        );
        return raised;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return null;
        throw error;
      }
    },

    /** Closes every number between, in order. May be begun again. */
    async fill({ from, to, at }: Raised): Promise<void> {
      for (let first = from + 1; first <= to; first += AT_ONCE) {
        const count = Math.min(AT_ONCE, to - first + 1);
        const numbers = Array.from({ length: count }, (_, place) => first + place);
        await Promise.all(
          numbers.map((number) => patiently(() => closeNumber(database, number, at, keptFor))),
        );
      }
    },

    async done(): Promise<void> {
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key,
          UpdateExpression: 'SET raised.done = :true',
          ExpressionAttributeValues: { ':true': { BOOL: true } },
        }),
      );
    },
  };
}

/** Throttling and outages pass, and the numbers are many. */
async function patiently<Result>(act: () => Promise<Result>): Promise<Result> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      if (!isPassing(error) || attempt === MOST_ATTEMPTS) throw error;
      await sleep(backoff(attempt, Math.random()));
    }
  }
}
