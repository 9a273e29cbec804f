import type { ConsumedCapacity, DynamoDBClient } from '@aws-sdk/client-dynamodb';

export type ConsumedUnits = (operation: string, kind: 'read' | 'write', units: number) => void;

/**
 * Asks DynamoDB with each request what it costs, which costs nothing itself, and tells it. A transaction that is
 * cancelled consumes units as well, and DynamoDB does not say how many.
 * Source: DynamoDB API Reference, ReturnConsumedCapacity.
 */
export function tellConsumedUnits({ middlewareStack }: DynamoDBClient, told: ConsumedUnits): void {
  middlewareStack.add(
    (next, { commandName = '' }) => {
      const operation = commandName.replace(/Command$/, '');
      const kind = KINDS[operation];
      if (kind === undefined) return next;
      return async (args) => {
        const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
        const { ConsumedCapacity: consumed } = answer.output as Consumed;
        for (const { CapacityUnits = 0 } of [consumed ?? []].flat()) told(operation, kind, CapacityUnits);
        return answer;
      };
    },
    { step: 'initialize' },
  );
}

interface Consumed {
  readonly ConsumedCapacity?: ConsumedCapacity | readonly ConsumedCapacity[];
}

const KINDS: Readonly<Record<string, 'read' | 'write'>> = {
  GetItem: 'read',
  BatchGetItem: 'read',
  Query: 'read',
  PutItem: 'write',
  UpdateItem: 'write',
  DeleteItem: 'write',
  TransactWriteItems: 'write',
};
