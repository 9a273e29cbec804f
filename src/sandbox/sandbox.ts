import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { StackAnswers } from './cloudformation/custom-resource/answers.js';
import { dispatch } from './dispatch.js';
import { DynamoDbProxy } from './dynamodb/proxy.js';
import { Faults } from './faults.js';
import { createRole } from './iam/role.js';
import { Accounts, iamArn } from './identity/account.js';
import { Sessions } from './identity/session.js';
import { parsePolicy } from './policy/document.js';
import { createBucket } from './s3/bucket.js';
import { defaultSettings } from './settings.js';
import { makeCertificate, type SigningCertificate } from './sns/certificate.js';
import { providerAccountId } from './sts/authorize-entry.js';
import { CallCounts } from './sts/call-counts.js';
import { readRequest, sendReply } from './wire/exchange.js';
import { Background, type Log, type World } from './world.js';

export interface SandboxOptions {
  /** 0 takes any free port. */
  readonly port?: number;
  /** Where DynamoDB Local answers; without it requests to DynamoDB fail. */
  readonly dynamodbUrl?: string | undefined;
  readonly propagationMs?: number;
  readonly resourceDelayMs?: number;
  readonly log?: Log;
}

export interface Sandbox {
  /** Such as `http://127.0.0.1:4566`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a sandbox on loopback. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const certificate = await makeCertificate();
  // Clients keep connections for reuse; one that closes after node's 5 s would break a request now and then.
  const server = createServer({ keepAliveTimeout: 65_000 });
  const port = await listen(server, options.port ?? 0);
  const world = makeWorld(`http://127.0.0.1:${port}`, certificate, options);
  const proxy = new DynamoDbProxy(options.dynamodbUrl, world.faults);
  server.on('request', (incoming: IncomingMessage, response: ServerResponse) => {
    const isDynamoDb = incoming.headers['x-amz-target']?.toString().startsWith('DynamoDB') === true;
    const answering = isDynamoDb ? proxy.answer(incoming, response) : answer(world, incoming, response);
    // What fails here is a connection that broke off.
    answering.catch(() => response.destroy());
  });
  return {
    url: world.origin,
    async close() {
      await world.background.end();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      proxy.close();
      await closed;
    },
  };
}

async function answer(world: World, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  sendReply(response, await dispatch(world, await readRequest(incoming)));
}

function makeWorld(origin: string, certificate: SigningCertificate, options: SandboxOptions): World {
  const { propagationMs, resourceDelayMs, log = () => {} } = options;
  const faults = new Faults();
  const world: World = {
    origin,
    settings: {
      ...defaultSettings(),
      ...(propagationMs === undefined ? {} : { propagationMs }),
      ...(resourceDelayMs === undefined ? {} : { resourceDelayMs }),
    },
    faults,
    accounts: new Accounts((account, action) => faults.denies(account, action)),
    sessions: new Sessions(),
    stsCalls: new CallCounts(),
    stacks: new Map(),
    answers: new StackAnswers(),
    topics: new Map(),
    functions: new Map(),
    invocations: [],
    logGroups: new Set(),
    certificate,
    buckets: new Map(),
    background: new Background(log),
    log,
  };
  addProvider(world);
  return world;
}

/**
 * The provider's account: the role that the service under test runs as, which may enter other roles and publish
 * its templates, and the bucket for them.
 */
function addProvider(world: World): void {
  const account = world.accounts.open(providerAccountId);
  createBucket(world, account, 'us-east-1', 'rolecall-templates');
  const trust = {
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  };
  const role = createRole(world, account, {
    name: 'RolecallService',
    trustPolicy: parsePolicy(trust, 'trust'),
  });
  const actions = [
    'sts:AssumeRole',
    'sts:SetSourceIdentity',
    'sts:TagSession',
    's3:*',
    'sns:ConfirmSubscription',
  ];
  const permissions = { Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] };
  role.inlinePolicies.set('service', parsePolicy(permissions, 'identity'));
  world.log(`the service's role is ${iamArn(account, 'role/RolecallService')}`);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port to listen on'));
      else resolve(address.port);
    });
  });
}
