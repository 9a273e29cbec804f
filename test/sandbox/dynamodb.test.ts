import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { startDynamoDbLocal } from '../../src/sandbox/dynamodb/local.js';
import { administrator, control, failure, startQuickly } from './clients.js';

const given = process.env['DYNAMODB_LOCAL_URL'];
const own = given === undefined ? await startDynamoDbLocal() : undefined;
t.teardown(() => own?.stop());
const dynamodbUrl = given ?? own?.url;
const TableName = `proxy-${process.pid}-${Date.now()}`;

function put(id: string) {
  return { TableName, Item: { pk: { S: id } } };
}

t.test('requests pass to DynamoDB Local, and faults strike on the way', async (t) => {
  const sandbox = await startQuickly(t, { dynamodbUrl });
  const client = new DynamoDBClient({
    endpoint: sandbox.url,
    region: 'us-east-1',
    credentials: administrator('999999999999'),
    maxAttempts: 1,
  });
  t.after(() => client.destroy());
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 1 }, { TableName });
  const exists = async (id: string) =>
    (await client.send(new GetItemCommand({ TableName, Key: { pk: { S: id } } }))).Item !== undefined;
  const outcome = async (id: string) => (await failure(client.send(new PutItemCommand(put(id))))).code;
  const fault = (name: string) => control(sandbox, 'POST', 'faults', { name, times: 1 });

  t.equal(await outcome('plain'), 'none');
  t.ok(await exists('plain'));

  await t.test('a transaction conflicts', async (t) => {
    await fault('dynamodb-conflict');
    const TransactItems = [{ Put: put('a') }, { Put: put('b') }];
    const transact = () => client.send(new TransactWriteItemsCommand({ TransactItems }));
    const conflict = await transact().catch((error: unknown) => error);
    t.ok(conflict instanceof TransactionCanceledException);
    t.match(conflict, { CancellationReasons: [{ Code: 'TransactionConflict' }, { Code: 'None' }] });
    t.notOk(await exists('a'));
    await transact();
    t.ok(await exists('a'));
  });

  await t.test('a request is throttled', async (t) => {
    await fault('dynamodb-throttle');
    t.equal(await outcome('throttled'), 'ProvisionedThroughputExceededException');
    t.notOk(await exists('throttled'));
  });

  await t.test('the database is out', async (t) => {
    await fault('dynamodb-outage');
    t.not(await outcome('out'), 'none');
    t.notOk(await exists('out'));
  });

  await t.test('the database is away for a while', async (t) => {
    await control(sandbox, 'POST', 'faults', { name: 'dynamodb-away' });
    const attempts = [await outcome('away'), await outcome('away'), await outcome('away')];
    t.strictSame(new Set(attempts), new Set(['TimeoutError']), 'as the SDK calls a reset');
    await control(sandbox, 'DELETE', 'faults');
    t.notOk(await exists('away'));
    t.equal(await outcome('away'), 'none');
  });

  await t.test('a write is done although its reply is lost', async (t) => {
    await fault('dynamodb-lost-reply');
    t.not(await outcome('lost'), 'none');
    t.ok(await exists('lost'));
  });
});

t.test('without a database the sandbox says so', async (t) => {
  const sandbox = await startQuickly(t);
  const client = new DynamoDBClient({
    endpoint: sandbox.url,
    region: 'us-east-1',
    credentials: administrator('999999999999'),
    maxAttempts: 1,
  });
  t.match(await failure(client.send(new PutItemCommand(put('x')))), { message: /without a DynamoDB/ });
});

t.test('Java that is missing is named in one line', async (t) => {
  const home = process.env['JAVA_HOME'];
  process.env['JAVA_HOME'] = '/nowhere';
  t.after(() => {
    if (home === undefined) delete process.env['JAVA_HOME'];
    else process.env['JAVA_HOME'] = home;
  });
  const { message } = await failure(startDynamoDbLocal());
  t.match(message, /^DynamoDB Local needs Java 17 .*apt-get install openjdk-17-jre-headless.*$/);
});
