import { setTimeout as sleep } from 'node:timers/promises';
import { controlRoles } from '../../src/sandbox/provider.js';
import {
  eventually,
  type Json,
  KEY,
  type RunningService,
  startService,
  startWorld,
  type World,
} from '../support/world.js';

/** A running service, as far as its API goes. */
export interface Deployment {
  readonly url: string;
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: Json; text: string; headers: Headers }>;
  /** The client that was invited, with its launch; the addresses lead to the deployment as we reach it. */
  invite(fields?: object): Promise<Json>;
  accountsOf(client: Json): Promise<Json[]>;
  eventsOf(client: Json): Promise<Json[]>;
}

/** One whose AWS is a sandbox that we reach as well. */
export interface Sandboxed extends Deployment {
  readonly world: World;
  /** The service's own role, as the template names it. */
  readonly principalArn: string;
}

/** One that we started: its log and its table are ours to read, and further instances ours to start. */
export interface Own extends Sandboxed {
  readonly service: RunningService;
}

export interface Target {
  readonly api: Deployment;
  readonly sandbox: Sandboxed | null;
  readonly own: Own | null;
  close(): Promise<void>;
}

/** The deployment that the environment names, or one of our own with a sandbox of its own. */
export async function openTarget(env = process.env): Promise<Target> {
  const { CONFORMANCE_URL, CONFORMANCE_KEY = '', AWS_SIMULATOR_URL } = env;
  if (CONFORMANCE_URL === undefined) return openOwn();
  const api = deploymentAt(CONFORMANCE_URL.replace(/\/+$/, ''), CONFORMANCE_KEY);
  const nothing = async () => {};
  if (AWS_SIMULATOR_URL === undefined) return { api, sandbox: null, own: null, close: nothing };
  const url = AWS_SIMULATOR_URL.replace(/\/+$/, '');
  const world: World = { sandbox: { url, controlRoles, close: nothing }, environment: {}, close: nothing };
  // Hundreds of roles are made and changed: what has to wait for one to be known says so itself.
  const { propagationMs } = await changeSettings(url, { propagationMs: 0 });
  const close = async () => void (await changeSettings(url, { propagationMs }));
  return { api, sandbox: { ...api, world, principalArn: await principalOf(api) }, own: null, close };
}

/** Changes a sandbox's settings; returns what they were. */
export async function changeSettings(sandboxUrl: string, changes: Record<string, number>): Promise<Json> {
  const address = `${sandboxUrl}/_sandbox/settings`;
  const before: Json = await (await fetch(address)).json();
  await fetch(address, { method: 'PATCH', body: JSON.stringify(changes) });
  return before;
}

async function openOwn(): Promise<Target> {
  const world = await startWorld();
  // Here most accounts fail, on purpose: that shall not count as the service's own fault.
  const service = await startService(world, undefined, { FLEET_FAILURE_PERCENT: '100' }).catch(
    async (error) => {
      await world.close();
      throw error;
    },
  );
  const api = deploymentAt(service.url, KEY);
  const own: Own = { ...api, world, service, principalArn: await principalOf(api) };
  const close = async () => {
    await service.kill();
    await world.close();
  };
  return { api, sandbox: own, own, close };
}

export function deploymentAt(url: string, key: string): Deployment {
  const call: Deployment['call'] = async (method, path, body, headers = {}) => {
    for (let tries = 0; ; tries += 1) {
      const answer = await fetch(path.startsWith('http') ? path : `${url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(key !== '' && { authorization: `Bearer ${key}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await answer.text();
      // A deployment that limits its callers is asked again, not held for safe.
      const { status } = answer;
      if (status !== 429 || tries > 20) return { status, headers: answer.headers, body: parsed(text), text };
      await sleep(1_000 * Number(answer.headers.get('retry-after') ?? 1));
    }
  };
  const here = (address: string | null) => address && `${url}${new URL(address).pathname}`;
  const listed = async (path: string) => (await call('GET', path)).body?.items ?? [];
  return {
    url,
    call,
    async invite(fields = {}) {
      const { status, body } = await call('POST', '/v1/clients', { name: 'Conformance', ...fields });
      if (status !== 201) throw new Error(`inviting answered ${status}: ${JSON.stringify(body)}`);
      const { launch } = body;
      const addresses = { pageUrl: here(launch.pageUrl), callbackUrl: here(launch.callbackUrl) };
      return { ...body, launch: { ...launch, ...addresses } };
    },
    accountsOf: ({ id }) => listed(`/v1/clients/${id}/accounts`),
    eventsOf: ({ id }) => listed(`/v1/clients/${id}/events?limit=100`),
  };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The template of a link names whom the client's role will trust. */
async function principalOf(api: Deployment): Promise<string> {
  const client = await api.invite();
  const { text } = await api.call('GET', `${client.launch.pageUrl}/template.yaml`);
  await api.call('DELETE', `/v1/clients/${client.id}`);
  return /aws:PrincipalArn: (arn:\S+)/.exec(text)?.[1] ?? '';
}

/** How an account stands: its status, why it failed, and what its trust policy says that it should not. */
export function standing(account: Json): string {
  if (account === undefined) return 'no account';
  const { failure, findings } = account.verdict ?? {};
  const codes = (findings ?? []).map(({ code }: Json) => code);
  return [
    account.status,
    ...(failure ? [failure.code] : []),
    ...(codes.length > 0 ? [`(${codes.join(', ')})`] : []),
  ].join(' ');
}

/** How a client's one account stands. */
export async function first(target: Deployment, client: Json): Promise<string> {
  return standing((await target.accountsOf(client))[0]);
}

/** How a call was refused: its status and code, and the reason that is named in its detail. */
export function refusal({ status, body }: { status: number; body: Json }): string {
  const reason = /\(([a-z-]+)\)$/.exec(body?.detail ?? '')?.[1];
  return [status, body?.code, reason && `(${reason})`].filter(Boolean).join(' ');
}

/** The client's one account once nothing is being verified any more. */
export async function settledAccount(deployment: Deployment, client: Json): Promise<Json> {
  const accounts = await eventually(
    () => deployment.accountsOf(client),
    (all) => all[0] !== undefined && all[0].status !== 'verifying',
  );
  return accounts[0];
}

/** Whether a client was ever told to be connected, however it stands now. */
export async function everConnected(deployment: Deployment, client: Json): Promise<string> {
  const types = (await deployment.eventsOf(client)).map(({ type }) => type);
  return types.includes('account.connected') ? 'was connected' : 'never connected';
}
