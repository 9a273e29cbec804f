import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from './world.js';

/** A span as it was received, its attributes as one object. */
export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly attributes: Json;
}

/** Takes traces over OTLP as JSON, on loopback. `answer` may be changed: it may hang, or refuse. */
export async function startTraceReceiver(t: { teardown(end: () => unknown): void }) {
  const texts: string[] = [];
  const receiver = {
    texts,
    url: '',
    answer: (response: ServerResponse): unknown =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
    spans: (): ReceivedSpan[] => texts.flatMap((text) => spansIn(JSON.parse(text))),
    /** Of the service that sends, as it names itself. */
    resource: (): Json => attributesOf(JSON.parse(texts[0] ?? '{}').resourceSpans?.[0]?.resource),
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    texts.push(Buffer.concat(chunks).toString());
    receiver.answer(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return receiver;
}

function spansIn({ resourceSpans }: Json): ReceivedSpan[] {
  const spans = resourceSpans.flatMap(({ scopeSpans }: Json) =>
    scopeSpans.flatMap((scope: Json) => scope.spans),
  );
  return spans.map((span: Json) => ({ ...span, attributes: attributesOf(span) }));
}

function attributesOf({ attributes = [] }: Json = {}): Json {
  return Object.fromEntries(attributes.map(({ key, value }: Json) => [key, Object.values(value)[0]]));
}
