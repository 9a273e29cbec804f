import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { createTableIfMissing, type Database } from '../../src/store/dynamodb.js';
import { keyAttributes, keys } from '../../src/store/keys.js';

/** `npm test` provides DynamoDB Local. */
export function localUrl(): string {
  const url = process.env['DYNAMODB_LOCAL_URL'];
  if (url === undefined) throw new Error('run the tests by npm test, which starts DynamoDB Local');
  return url;
}

export function databaseAt(endpoint: string, tableName: string, maxAttempts = 3): Database {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials,
    maxAttempts,
  });
  return { client, tableName };
}

interface Ending {
  after(end: () => unknown): void;
}

/** A table of its own, with the client closed at the test's end. */
export async function freshDatabase(t: Ending): Promise<Database> {
  const database = databaseAt(localUrl(), `test-${randomBytes(6).toString('hex')}`);
  t.after(() => database.client.destroy());
  await createTableIfMissing(database);
  return database;
}

/** As a table is in whose feed so many numbers were drawn. */
export async function drawUpTo({ client, tableName }: Database, number: number): Promise<void> {
  const Item = { ...keyAttributes(keys.counter), n: { N: String(number) } };
  await client.send(new PutItemCommand({ TableName: tableName, Item }));
}

/**
 * What a proxy does with a request: pass it on, pass it on and break the connection before the reply (after something
 * else where that is to happen meanwhile), or answer with an error of DynamoDB's.
 */
export type Fate =
  | 'pass'
  | 'lose-reply'
  | { readonly meanwhile: () => unknown }
  | { readonly code: string; readonly body?: object; readonly status?: number };

/** Stands before DynamoDB Local and lets `decide` choose each request's fate by its operation. */
export async function startProxy(
  t: Ending,
  decide: (operation: string, body: string) => Fate,
): Promise<string> {
  const target = new URL(localUrl());
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const fate = decide(String(incoming.headers['x-amz-target']).split('.')[1] ?? '', body.toString());
    if (typeof fate === 'object' && 'code' in fate) {
      const text = JSON.stringify({
        __type: `com.amazonaws.dynamodb.v20120810#${fate.code}`,
        ...fate.body,
      });
      response
        .writeHead(fate.status ?? 400, {
          'content-type': 'application/x-amz-json-1.0',
        })
        .end(text);
      return;
    }
    const { host: _, connection: __, ...headers } = incoming.headers;
    const passed = request(target, {
      method: incoming.method,
      headers,
      agent: false,
    });
    passed.end(body);
    const [reply] = (await once(passed, 'response')) as [IncomingMessage];
    const parts: Buffer[] = [];
    for await (const part of reply) parts.push(part);
    if (typeof fate === 'object') await fate.meanwhile();
    if (fate !== 'pass') incoming.socket.destroy();
    else
      response
        .writeHead(reply.statusCode ?? 502, {
          'content-type': 'application/x-amz-json-1.0',
        })
        .end(Buffer.concat(parts));
  };
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
