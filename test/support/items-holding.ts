import { type AttributeValue, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { World } from './world.js';

/** Every item of the service's table that holds this text anywhere. */
export async function allItemsHolding(
  { sandbox, environment }: World,
  text: string,
): Promise<Record<string, AttributeValue>[]> {
  const dynamodb = new DynamoDBClient({
    endpoint: sandbox.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const found: Record<string, AttributeValue>[] = [];
  for (let ExclusiveStartKey: Record<string, AttributeValue> | undefined; ; ) {
    const page = await dynamodb.send(
      new ScanCommand({
        TableName: environment['TABLE_NAME'],
        ConsistentRead: true,
        ...(ExclusiveStartKey && { ExclusiveStartKey }),
      }),
    );
    found.push(...(page.Items ?? []).filter((item) => JSON.stringify(item).includes(text)));
    ExclusiveStartKey = page.LastEvaluatedKey;
    if (ExclusiveStartKey === undefined) break;
  }
  dynamodb.destroy();
  return found;
}
