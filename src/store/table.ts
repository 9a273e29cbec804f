import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/**
 * The one table: pk and sk, two sparse indexes that project keys only (a page of a list is one query and one
 * batch read), and `ttl` in seconds for things that may be swept away. The deployment's stack is held against
 * this definition.
 */
export function tableDefinition(tableName: string): CreateTableCommandInput {
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'sk', 'i1p', 'i1s', 'i2p', 'i2s'].map((name) => ({
      AttributeName: name,
      AttributeType: 'S',
    })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: ['1', '2'].map((index) => ({
      IndexName: `index${index}`,
      KeySchema: [
        { AttributeName: `i${index}p`, KeyType: 'HASH' },
        { AttributeName: `i${index}s`, KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    })),
  };
}
