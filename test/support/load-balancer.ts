import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Stands before instances of the service as a load balancer does: whoever lives gets the request. */
export interface LoadBalancer {
  readonly url: string;
  /** Sends to this instance (its origin) from now on, or no longer. */
  add(instance: string): void;
  remove(instance: string): void;
  /** Which instance was the first to acknowledge a notification of SNS's at this path. */
  readonly acknowledgedBy: ReadonlyMap<string, string>;
  /** Paths at which a subscription was confirmed. */
  readonly confirmed: ReadonlySet<string>;
  /** SNS asks once for a confirmation. Where nobody gave it, the line says why. */
  readonly unconfirmed: readonly string[];
  /** Requests that an instance took and did not carry through, a line each, whatever another then made of them. */
  readonly broken: readonly string[];
  close(): Promise<void>;
}

export interface LoadBalancerOptions {
  /** Delivers every notification of SNS's a second time, to another instance, so many milliseconds later (or at once). */
  readonly twice?: () => number;
  /** An instance that takes the connection and says nothing for so many milliseconds is left alone. */
  readonly answerWithin?: number;
}

interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

interface Passed {
  readonly answer: Answer;
  /** Who gave it; null where nobody did, or all that live refused. */
  readonly instance: string | null;
}

/**
 * Starts a load balancer on loopback. It goes round the instances, and tries the next one where a connection is
 * refused or breaks off, or where the answer is 502 or 503. A POST that is no callback may have been carried out
 * before its connection broke off, so it goes to the next one only if the first took no connection at all.
 */
export async function startLoadBalancer({
  twice,
  answerWithin = 10_000,
}: LoadBalancerOptions = {}): Promise<LoadBalancer> {
  const instances: string[] = [];
  const acknowledgedBy = new Map<string, string>();
  const confirmed = new Set<string>();
  const unconfirmed: string[] = [];
  const broken: string[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  let turn = 0;

  const pass = async (received: Received): Promise<Passed> => {
    turn += 1;
    const isConfirmation = received.headers['x-amz-sns-message-type'] === 'SubscriptionConfirmation';
    const tried = new Map<string, string>();
    let answer = nobody(503);
    for (;;) {
      // Looked up anew each time: who was there at first may be dead by now, and another started in its place.
      const order = instances.map((_, place) => instances[(turn + place) % instances.length] ?? '');
      const instance = order.find((one) => !tried.has(one));
      if (instance === undefined) break;
      const got = await attempt({ agent, answerWithin }, instance, received);
      if (typeof got !== 'string') answer = got;
      const outcome = typeof got === 'string' ? got : got.status;
      if (
        outcome === 502 ||
        outcome === 503 ||
        (typeof outcome === 'string' && !['ECONNREFUSED', 'ABORT_ERR'].includes(outcome))
      )
        broken.push(`${received.method} ${received.path}: ${outcome}`);
      const repeatable = isRepeatable(received);
      const isTheEnd =
        typeof got === 'string'
          ? !repeatable && got !== 'ECONNREFUSED'
          : !repeatable || (got.status !== 502 && got.status !== 503);
      if (isTheEnd) {
        if (isConfirmation && answer.status < 300) confirmed.add(received.path);
        return { answer, instance };
      }
      tried.set(instance, typeof got === 'string' ? got : `${got.status} ${got.body}`);
    }
    if (isConfirmation)
      unconfirmed.push(`nobody confirmed ${received.path}: ${[...tried].flat().join(' ') || 'nobody there'}`);
    return { answer, instance: null };
  };

  const notify = async (received: Received): Promise<Passed> => {
    const passed = await pass(received);
    const { answer, instance } = passed;
    if (instance !== null && answer.status < 300 && !acknowledgedBy.has(received.path))
      acknowledgedBy.set(received.path, instance);
    return passed;
  };

  /** Instances take turns, so the second delivery goes to another one. */
  const notifyTwice = async (received: Received, afterMs: number): Promise<Passed> => {
    const first = notify(received);
    if (afterMs > 0) await first.then(() => sleep(afterMs));
    await pass(received);
    return first;
  };

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const received = await receive(incoming);
    const isNotification = received.headers['x-amz-sns-message-type'] === 'Notification';
    const passing = !isNotification
      ? pass(received)
      : twice === undefined
        ? notify(received)
        : notifyTwice(received, twice());
    const { status, headers, body } = (await passing).answer;
    const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...kept } = headers;
    response.writeHead(status, { ...kept, 'content-length': body.length }).end(body);
  };

  const server = createServer({ keepAliveTimeout: 65_000 }, (incoming, response) => {
    answer(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    acknowledgedBy,
    confirmed,
    unconfirmed,
    broken,
    add(instance) {
      if (!instances.includes(instance)) instances.push(instance);
    },
    remove(instance) {
      const place = instances.indexOf(instance);
      if (place >= 0) instances.splice(place, 1);
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

async function receive(incoming: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const { method = 'GET', url = '/', headers } = incoming;
  return { method, path: url, headers, body: Buffer.concat(chunks) };
}

/** What SNS sends may come twice by its own rules. */
function isRepeatable({ method, path }: Received): boolean {
  return method === 'GET' || path.startsWith('/callbacks/');
}

/** An instance's whole answer, or the code of the error by which there is none. */
function attempt(
  { agent, answerWithin }: { agent: Agent; answerWithin: number },
  instance: string,
  received: Received,
): Promise<Answer | string> {
  const { connection: _, 'transfer-encoding': __, ...headers } = received.headers;
  return new Promise((resolve) => {
    const broken = (error: NodeJS.ErrnoException) => resolve(error.code ?? 'ERROR');
    const sent = request(
      `${instance}${received.path}`,
      {
        method: received.method,
        headers: { ...headers, 'content-length': received.body.length },
        agent,
        signal: AbortSignal.timeout(answerWithin),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', broken);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 502,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    sent.on('error', broken);
    sent.end(received.body);
  });
}

function nobody(status: number): Answer {
  return { status, headers: { 'retry-after': '1' }, body: Buffer.alloc(0) };
}
