import { createHash, createHmac } from 'node:crypto';
import type { FunctionCall } from '../../src/onboarding/receive-function-call.js';

/** A session of a function's role. */
export interface FunctionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Everything that a signature of a function's covers, and who makes it. */
export interface Signing {
  readonly event: string;
  readonly token: string;
  readonly credentials: FunctionCredentials;
  readonly region: string;
  readonly host: string;
  readonly time: number;
  readonly body: string;
  readonly method: string;
  readonly service: string;
  /** Left out of what is signed. */
  readonly without: readonly string[];
  /** Signed besides. */
  readonly more: Readonly<Record<string, string>>;
}

/** What a function signs, whatever its event. */
export const asFunctionsDo: Omit<Signing, 'credentials' | 'time' | 'event' | 'token'> = {
  region: 'us-east-1',
  host: 'sts.us-east-1.amazonaws.com',
  body: 'Action=GetCallerIdentity&Version=2011-06-15',
  method: 'POST',
  service: 'sts',
  without: [],
  more: {},
};

/** Signs as the book has it, with code of its own: neither the function's nor the sandbox's. */
export function sign(what: Signing): FunctionCall {
  const { credentials, region, service } = what;
  const date = amzDate(what.time);
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    host: what.host,
    'x-amz-date': date,
    'x-amz-security-token': credentials.sessionToken,
    'x-rolecall-event': sha256(what.event),
    'x-rolecall-token': sha256(what.token),
    ...what.more,
  };
  const names = Object.keys(headers)
    .filter((name) => !what.without.includes(name))
    .sort();
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const canonical = [what.method, '/', '', lines, names.join(';'), sha256(what.body)].join('\n');
  const scope = [date.slice(0, 8), region, service, 'aws4_request'];
  const text = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\n');
  let key: string | Buffer = `AWS4${credentials.secretAccessKey}`;
  for (const part of scope) key = createHmac('sha256', key).update(part).digest();
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const by = `Credential=${credentials.accessKeyId}/${scope.join('/')}, SignedHeaders=${names.join(';')}`;
  return {
    event: what.event,
    identity: {
      authorization: `AWS4-HMAC-SHA256 ${by}, Signature=${signature}`,
      'x-amz-date': date,
      'x-amz-security-token': credentials.sessionToken,
    },
  };
}

/** A moment as AWS's signatures write it. */
export function amzDate(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
