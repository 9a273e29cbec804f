import { createHash, createHmac } from 'node:crypto';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { administrator, type Credentials } from './clients.js';

/** What a call sends; `query` is encoded and in order, as signatures want it. */
export interface Call {
  readonly method?: 'GET' | 'POST';
  readonly path?: string;
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Calls an operation of a service that speaks the Query protocol. */
export function signedQuery(
  sandbox: Sandbox,
  service: string,
  who: string | Credentials,
  parameters: Record<string, string>,
  headers: Record<string, string> = {},
) {
  const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
  return signedCall(sandbox, service, who, {
    headers: form,
    body: new URLSearchParams(parameters).toString(),
  });
}

/**
 * Calls a service whose client is not installed. It signs by the book, with code of its own, so that a mistake in the
 * sandbox's verifier shows.
 */
export async function signedCall(
  sandbox: Sandbox,
  service: string,
  who: string | Credentials,
  { method = 'POST', path = '/', query = '', headers = {}, body = '' }: Call,
): Promise<{ status: number; headers: Headers; body: string }> {
  const { accessKeyId, secretAccessKey, sessionToken } = typeof who === 'string' ? administrator(who) : who;
  const { host } = new URL(sandbox.url);
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = [time.slice(0, 8), 'us-east-1', service, 'aws4_request'];
  const canonical = `${method}\n${path}\n${query}\nhost:${host}\nx-amz-date:${time}\n\nhost;x-amz-date\n${sha256(body)}`;
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope.join('/')}\n${sha256(canonical)}`;
  const key = scope.reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${secretAccessKey}`,
  );
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const answer = await fetch(`${sandbox.url}${path}${query === '' ? '' : `?${query}`}`, {
    method,
    ...(method === 'POST' && { body }),
    headers: {
      ...headers,
      'x-amz-date': time,
      ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope.join('/')}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    },
  });
  return { status: answer.status, headers: answer.headers, body: await answer.text() };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
