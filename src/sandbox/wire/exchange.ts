import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request, read to its end. The query and the path stay as sent, because signatures cover them so. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly rawQuery: string;
  readonly query: URLSearchParams;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** An answer; the server adds the length. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Reads a request with its whole body. */
export async function readRequest(incoming: IncomingMessage): Promise<Request> {
  const [path = '/', ...rest] = (incoming.url ?? '/').split('?');
  const rawQuery = rest.join('?');
  const headers = new Map<string, string>();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    headers.set(name, (values ?? []).join(','));
  }
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return {
    method: incoming.method ?? 'GET',
    path,
    rawQuery,
    query: new URLSearchParams(rawQuery),
    headers,
    body: Buffer.concat(chunks),
  };
}

/** Sends an answer. */
export function sendReply(response: ServerResponse, reply: Reply): void {
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
  // A HEAD answer names the length of the body that it leaves out.
  response.writeHead(reply.status, { 'content-length': body.length, ...reply.headers });
  response.end(body);
}

/** An answer in JSON. */
export function jsonReply(value: unknown, status = 200): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
