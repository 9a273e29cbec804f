import { randomBytes } from 'node:crypto';
import { ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Database } from './dynamodb.js';
import { keyAttributes, keys } from './keys.js';
import { makeReading } from './reading.js';

/**
 * A random secret that all instances share: drawn by whichever asks first, read once by each of the others. A failed
 * reading is not kept.
 */
export function makeSharedSecret(database: Database, name: string): () => Promise<Buffer> {
  let secret: Promise<Buffer> | null = null;
  return () => {
    secret ??= readOrDraw(database, name).catch((error: unknown) => {
      secret = null;
      throw error;
    });
    return secret;
  };
}

async function readOrDraw(database: Database, name: string): Promise<Buffer> {
  const { get } = makeReading(database);
  const read = async () => (await get(keys.secret(name)))?.['b']?.B;
  const stored = (await read()) ?? (await draw(database, name)) ?? (await read());
  if (stored === undefined) throw new Error(`the secret ${name} cannot be read`);
  return Buffer.from(stored);
}

/** Null where another instance was first. It decides nothing, so it is written past `commit`. */
async function draw({ client, tableName }: Database, name: string): Promise<Uint8Array | undefined> {
  const drawn = randomBytes(32);
  try {
    await client.send(
      new PutItemCommand({
        TableName: tableName,
        Item: { ...keyAttributes(keys.secret(name)), v: { N: '1' }, b: { B: drawn } },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
    return drawn;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}
