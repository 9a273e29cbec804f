import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { openAws } from './aws.js';
import { callbackTokenOf, clientOf, hashOf, launchOf, newTokens, type StackEvent, stackOf } from './items.js';
import { openSns } from './sns.js';
import { openTable } from './table.js';

export interface FloorSettings {
  readonly port: number;
  readonly publicUrl: string;
  readonly tableName: string;
  readonly key: string;
  readonly templateUrl: string;
  readonly simulator: string;
}

/**
 * The least that an onboarding takes: the calls of AWS that the service makes, with its items and its SDK settings,
 * from bare `node:http`. No framework, no schemas, no logs, no lists, nothing looked after, nothing repeated.
 */
export async function startFloor(settings: FloorSettings) {
  const table = openTable(settings.tableName);
  const aws = openAws();
  const sns = openSns();

  const invite = async (body: string) => {
    const { name } = JSON.parse(body);
    const id = `cli_${randomUUID()}`;
    const { pageToken, callbackToken } = newTokens(id);
    const launch = launchOf(name, pageToken, callbackToken);
    const client = clientOf(id, name, launch);
    await table.invite(client);
    return {
      ...client,
      launch: {
        id: launch.id,
        region: launch.region,
        stackName: launch.stackName,
        templateUrl: settings.templateUrl,
        pageUrl: `${settings.publicUrl}/launch/${pageToken}`,
        callbackUrl: `${settings.publicUrl}/callbacks/sns/${callbackToken}`,
      },
    };
  };

  const receive = async (token: string, body: string): Promise<void> => {
    const envelope = JSON.parse(body);
    await sns.verify(envelope);
    const { clientId, text } = callbackTokenOf(token);
    if (envelope.Type === 'SubscriptionConfirmation') {
      const client = await table.client(clientId);
      if (client?.launches[0].callbackTokenHash !== hashOf(text)) throw new Error('an unknown token');
      await sns.confirm(settings.simulator, envelope);
      return;
    }
    const event: StackEvent = JSON.parse(envelope.Message);
    const stack = stackOf(event, envelope.TopicArn, clientId, hashOf(text));
    const client = await table.around(stack);
    if (client?.launches[0].callbackTokenHash !== stack.callbackTokenHash)
      throw new Error('an unknown token');
    const rev = await table.record(stack);
    void settle(client, stack, rev).catch((error) => process.stderr.write(`${error.stack}\n`));
  };

  const settle = async (
    client: ReturnType<typeof clientOf>,
    stack: ReturnType<typeof stackOf>,
    rev: string,
  ) => {
    const { granted } = await aws.verify(stack.roleArn, client.externalId, stack.accountId);
    const settled = await table.connect(client, stack, granted, rev);
    await aws.answer(stack);
    await table.settle(stack, settled);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = request;
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const [, root, second, third = ''] = url.split('/');
    if (root === 'callbacks' && method === 'POST') {
      await receive(third, await textOf(request));
      response.writeHead(200).end();
    } else if (root === 'readyz') send(200, { status: 'ready' });
    else if (request.headers.authorization !== `Bearer ${settings.key}`) send(401, {});
    else if (method === 'POST' && second === 'clients') send(201, await invite(await textOf(request)));
    else send(200, await table.client(third));
  };

  // As long as Fastify keeps a connection: Node.js accepts new ones one by one, and a crowd of them would come apart.
  const server = createServer({ keepAliveTimeout: 72_000 }, (request, response) => {
    answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(settings.port, '127.0.0.1', resolve));
  return {
    database: table.database,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
