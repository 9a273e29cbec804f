import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { tellsCalls } from '../seeing/aws-call.js';
import { tableDefinition } from './table.js';

/** Where things are stored. */
export interface Database {
  readonly client: DynamoDBClient;
  readonly tableName: string;
}

/** One client for the process. Endpoint, region and credentials come from the SDK's own settings. */
export function openDatabase(tableName: string): Database {
  const client = new DynamoDBClient({
    cacheMiddleware: true,
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 3_000,
      throwOnRequestTimeout: true,
    },
  });
  // It makes a copy of every request and answer for a logger that is none.
  client.middlewareStack.remove('loggerMiddleware');
  return { client: tellsCalls(client), tableName };
}

/** Makes the table where it is missing (`TABLE_CREATE=if-missing`); another instance may be doing the same. */
export async function createTableIfMissing({ client, tableName }: Database): Promise<void> {
  try {
    await client.send(new CreateTableCommand(tableDefinition(tableName)));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName: tableName });
}

/** Whether the table can be reached and is ready. Throws what DynamoDB says where it cannot. */
export async function describeTable({ client, tableName }: Database): Promise<string> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
  return Table?.TableStatus ?? 'UNKNOWN';
}
