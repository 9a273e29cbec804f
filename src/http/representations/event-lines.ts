import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FeedEvent } from '../../core/event.js';
import { eventBody } from './event.js';

const NDJSON = 'application/x-ndjson';

/** Whether a call asks for an export: one event a line. Source: github.com/ndjson/ndjson-spec. */
export function wantsLines({ headers }: FastifyRequest): boolean {
  return (headers.accept ?? '')
    .split(',')
    .some((type) => type.split(';', 1)[0]?.trim().toLowerCase() === NDJSON);
}

/**
 * Sends events one a line, as they are read. The first is read before anything is sent, so that what cannot be read
 * is told as a problem; what fails after that breaks the connection, and the reader sees that it is not all.
 */
export async function sendLines(reply: FastifyReply, events: AsyncGenerator<FeedEvent>) {
  const first = await events.next();
  const lines = async function* () {
    if (!first.done) yield line(first.value);
    for await (const event of events) yield line(event);
  };
  return reply.type(NDJSON).send(Readable.from(lines()));
}

/** What a route that can be exported answers beside JSON. */
export const linesContent = {
  [NDJSON]: { schema: { type: 'string', description: 'Everything there is, one event a line.' } },
};

function line(event: FeedEvent): string {
  return `${JSON.stringify(eventBody(event))}\n`;
}
