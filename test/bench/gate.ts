import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** A stack's event as SNS posted it, kept at the gate. */
export interface HeldEvent {
  readonly stackId: string;
  readonly path: string;
  readonly body: string;
}

/**
 * Stands where the callbacks of stacks arrive. Confirmations pass at once; events are taken and kept, so that as many
 * as wanted can be let through at one moment, whatever time the sandbox took to make their stacks.
 */
export interface Gate {
  readonly url: string;
  /** Where requests are passed on to. Several take turns. */
  targets: readonly string[];
  /** Waits until so many events are there, and takes them out. */
  take(count: number): Promise<HeldEvent[]>;
  /** Lets an event through; resolves once it is acknowledged. */
  pass(event: HeldEvent, place?: number): Promise<void>;
  close(): void;
}

export async function openGate(): Promise<Gate> {
  const agent = new Agent({ keepAlive: true });
  let held: HeldEvent[] = [];
  let arrived = () => {};
  let turn = 0;

  const send = async (path: string, body: string, type: string, place = turn++): Promise<void> => {
    const target = gate.targets[place % gate.targets.length] ?? '';
    const headers = { 'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': type };
    for (let attempt = 1; ; attempt += 1) {
      const sent = request(`${target}${path}`, { method: 'POST', agent, headers });
      sent.end(body);
      const answered = await once(sent, 'response').catch((error: unknown) => {
        // The server closed the connection, which had been idle, as the request was on its way.
        if (sent.reusedSocket && attempt < 5) return null;
        throw error;
      });
      if (answered === null) continue;
      const [response] = answered;
      const said = await text(response);
      if (response.statusCode === 200) return;
      // A machine that is too busy lets one of the server's own calls run out of time.
      if (response.statusCode !== 503 || attempt === 5)
        throw new Error(`${type} was answered ${response.statusCode}: ${said}`);
      await sleep(500 * attempt);
    }
  };

  const server = createServer(async (incoming, response) => {
    const body = await text(incoming);
    const type = String(incoming.headers['x-amz-sns-message-type']);
    const path = incoming.url ?? '';
    if (type === 'Notification') {
      const { StackId: stackId } = JSON.parse(JSON.parse(body).Message);
      held.push({ stackId, path, body });
      arrived();
    } else await send(path, body, type);
    response.writeHead(200).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const gate: Gate = {
    url: `http://127.0.0.1:${port}`,
    targets: [],
    async take(count) {
      while (held.length < count)
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      const taken = held.slice(0, count);
      held = held.slice(count);
      return taken;
    },
    pass: ({ path, body }, place) => send(path, body, 'Notification', place),
    close() {
      server.closeAllConnections();
      server.close();
      agent.destroy();
    },
  };
  return gate;
}
