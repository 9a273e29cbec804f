import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { openCentralAccount } from './central-account.js';
import { createStack } from './cloudformation/create-stack.js';
import { StackAnswers } from './cloudformation/custom-resource/answers.js';
import { deleteStack } from './cloudformation/delete-stack.js';
import { prepareStack } from './cloudformation/prepare-stack.js';
import { updateStack } from './cloudformation/update-stack.js';
import { dispatch } from './dispatch.js';
import { DynamoDbProxy } from './dynamodb/proxy.js';
import { Faults } from './faults.js';
import { Accounts } from './identity/account.js';
import { Sessions } from './identity/session.js';
import { Organizations } from './organizations/organizations.js';
import { addProvider, type ControlRoles, controlRoles } from './provider.js';
import { defaultSettings } from './settings.js';
import { makeCertificate, type SigningCertificate } from './sns/certificate.js';
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
  readonly confirmationMs?: number;
  /** Whether the provider's people have their account, ready to be deployed to. */
  readonly hasCentralAccount?: boolean;
  readonly log?: Log;
}

export interface Sandbox {
  /** Such as `http://127.0.0.1:4566`. */
  readonly url: string;
  /** The provider's control roles, for the service's configuration. */
  readonly controlRoles: ControlRoles;
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
    controlRoles,
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
  const { propagationMs, resourceDelayMs, confirmationMs, log = () => {} } = options;
  const faults = new Faults();
  const settings = {
    ...defaultSettings(),
    ...(propagationMs === undefined ? {} : { propagationMs }),
    ...(resourceDelayMs === undefined ? {} : { resourceDelayMs }),
    ...(confirmationMs === undefined ? {} : { confirmationMs }),
  };
  const world: World = {
    origin,
    settings,
    faults,
    accounts: new Accounts((account, action) => faults.denies(account, action)),
    organizations: new Organizations(),
    sessions: new Sessions(() => Date.now() + settings.clockAheadSeconds * 1000),
    stsCalls: new CallCounts(),
    stacks: new Map(),
    changeSets: new Map(),
    stackSets: new Map(),
    engine: { prepareStack, createStack, updateStack, deleteStack },
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
  if (options.hasCentralAccount === true) openCentralAccount(world);
  return world;
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
