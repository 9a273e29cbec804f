import { type AttemptError, LONGEST_ANSWER } from '../core/delivery.js';
import type { PostEvent } from '../feed/attempt.js';
import { NotAllowed, type Outgoing } from './outgoing.js';

/** For the whole exchange, in milliseconds. */
const TIME_LIMIT = 15_000;

/** Posts events to receivers: https to public addresses, in development http and loopback too. */
export function makePostEvent(send: Outgoing, development: boolean, timeout = TIME_LIMIT): PostEvent {
  return async (url, headers, body) => {
    try {
      const { status, body: answer } = await send({
        ...{ url, method: 'POST', headers, body: Buffer.from(body) },
        ...{ plain: development, loopback: development, timeout, cutAt: LONGEST_ANSWER },
      });
      return { status, answer: answer.toString('utf8'), error: null };
    } catch (error) {
      return { status: null, answer: '', error: wordFor(error) };
    }
  };
}

/** Of Node's and OpenSSL's errors, what the receiver's engineer can do something about. */
function wordFor(error: unknown): AttemptError {
  if (!(error instanceof Error)) return 'connection-failed';
  if (error instanceof NotAllowed) return 'address-not-public';
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'timeout';
  const code = 'code' in error ? String(error.code) : '';
  if (/^(ENOTFOUND|EAI_)/.test(code)) return 'name-not-found';
  if (/CERT|SSL|TLS|ISSUER|SIGNATURE|CRL|EPROTO/.test(code)) return 'tls';
  if (/^(ECONNRESET|EPIPE|HPE_)/.test(code)) return 'connection-lost';
  return 'connection-failed';
}
