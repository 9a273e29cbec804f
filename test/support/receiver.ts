import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from './world.js';

export interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly event: Json;
}

export type Answerer = (message: Received, response: ServerResponse, request: IncomingMessage) => void;

/** A platform's end of a webhook, on loopback. `answer` may be changed at any time; it takes everything at first. */
export async function startReceiver(t: { after(end: () => unknown): void }) {
  const received: Received[] = [];
  const receiver = {
    received,
    answer: ((_, response) => response.end()) as Answerer,
    url: '',
    /** The events of an account that it has, in the order in which they came, repetitions left out. */
    of: (accountId: string): number[] => [
      ...new Set(
        received.filter(({ event }) => event.accountId === accountId).map(({ event }) => event.data.n),
      ),
    ],
    async down(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
    async up(): Promise<void> {
      server.listen(Number(new URL(receiver.url).port), '127.0.0.1');
      await once(server, 'listening');
    },
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const message = {
      headers: request.headers as Record<string, string>,
      text,
      event: text === '' ? null : JSON.parse(text),
    };
    received.push(message);
    receiver.answer(message, response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks?from=rolecall`;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return receiver;
}

/**
 * Whether a message is signed with a secret, written from the words of the specification alone: the signed content is
 * id, timestamp and body with full stops between; HMAC-SHA256 under the base64-decoded part after `whsec_`; the header
 * is a list with blanks between of `v1,` and base64.
 */
export function isSignedWith(secret: string, { headers, text }: Received): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const content = [headers['webhook-id'], headers['webhook-timestamp'], text].join('.');
  const expected = createHmac('sha256', key).update(content, 'utf8').digest();
  return (headers['webhook-signature'] ?? '').split(' ').some((signature) => {
    const [version, value = ''] = signature.split(',');
    const given = Buffer.from(value, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
}
