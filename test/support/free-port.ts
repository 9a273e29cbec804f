import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

const given = new Set<number>();

/** Where the ports of this file begin; other files run at the same time. */
const first = 20_000 + 1_000 * (Number(process.env['TAP_JOB_ID'] ?? 0) % 12);

/**
 * A port of loopback that nobody listens on, each once a process. It lies below those that the kernel draws for
 * others, so that it is still free when the program that it is for has started and takes it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(first, first + 1_000);
    if (given.has(port)) continue;
    given.add(port);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      (error) => {
        if (error.code === 'EADDRINUSE') return false;
        throw error;
      },
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
