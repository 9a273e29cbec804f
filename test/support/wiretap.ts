import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Passes everything on and writes down what goes by, both ways. */
export interface Wiretap {
  readonly url: string;
  /** An origin; may be set once it is known. */
  target: string;
  /** All that went by, as text. */
  readonly heard: () => string;
  close(): void;
}

/** Starts a wiretap on loopback, with the Host header and all else left as it is. */
export async function startWiretap(target = ''): Promise<Wiretap> {
  const heard: string[] = [];
  const hear = (message: IncomingMessage, chunks: readonly Buffer[]): void => {
    const headers = Object.entries(message.headers).map(([name, value]) => `${name}: ${value}`);
    heard.push([message.url ?? '', ...headers, Buffer.concat(chunks).toString()].join('\n'));
  };
  const server = createServer({ keepAliveTimeout: 65_000 }, (incoming, response) => {
    const { method, url = '/', headers } = incoming;
    const sent: Buffer[] = [];
    const onward = request(`${tap.target}${url}`, { method, headers }, (answer) => {
      const got: Buffer[] = [];
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('data', (chunk: Buffer) => {
        got.push(chunk);
        response.write(chunk);
      });
      answer.on('end', () => {
        hear(answer, got);
        response.end();
      });
      answer.on('error', () => response.destroy());
    });
    onward.on('error', () => response.destroy());
    incoming.on('data', (chunk: Buffer) => {
      sent.push(chunk);
      onward.write(chunk);
    });
    incoming.on('end', () => {
      hear(incoming, sent);
      onward.end();
    });
    incoming.on('error', () => onward.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const tap: Wiretap = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target,
    heard: () => heard.join('\n'),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return tap;
}
