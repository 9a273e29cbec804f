import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Between one instance and the sandbox: passes everything on, and notes which roles the instance tries to enter. */
export interface RoleWatch {
  /** For AWS_ENDPOINT_URL. */
  readonly url: string;
  readonly roles: ReadonlySet<string>;
  close(): Promise<void>;
}

export async function startRoleWatch(sandboxUrl: string): Promise<RoleWatch> {
  const roles = new Set<string>();
  const agent = new Agent({ keepAlive: true });
  const pass = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const role = new URLSearchParams(body.toString()).get('RoleArn');
    if (role !== null) roles.add(role);
    const { method, headers, url = '/' } = incoming;
    // Host stays as it came, since it is signed.
    const sent = request(`${sandboxUrl}${url}`, { method, headers, agent });
    sent.end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  };
  const server = createServer({ keepAliveTimeout: 65_000 }, (incoming, response) => {
    pass(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    roles,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}
