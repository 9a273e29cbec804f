import { createHash, createHmac } from 'node:crypto';
import type { Sandbox } from '../../src/sandbox/sandbox.js';

/**
 * Calls an operation of a service whose client is not installed. It signs by the book, with code of its own, so that
 * a mistake in the sandbox's verifier shows.
 */
export async function signedQuery(
  sandbox: Sandbox,
  service: 'sns' | 'iam',
  account: string,
  parameters: Record<string, string>,
): Promise<{ status: number; body: string }> {
  const body = new URLSearchParams(parameters).toString();
  const { host } = new URL(sandbox.url);
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = [time.slice(0, 8), 'us-east-1', service, 'aws4_request'];
  const canonical = `POST\n/\n\nhost:${host}\nx-amz-date:${time}\n\nhost;x-amz-date\n${sha256(body)}`;
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope.join('/')}\n${sha256(canonical)}`;
  const key = scope.reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    'AWS4sandbox',
  );
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const answer = await fetch(sandbox.url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-amz-date': time,
      authorization: `AWS4-HMAC-SHA256 Credential=${account}/${scope.join('/')}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    },
  });
  return { status: answer.status, body: await answer.text() };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
