import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalRequest, encodeStrict, sha256Hex } from './canonical-request.js';
import type { Request } from './exchange.js';

/** A Signature Version 4 as a request carries it, in the Authorization header or in the query (presigned). */
export interface Signature {
  readonly form: 'header' | 'query';
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** When it was made, in milliseconds. */
  readonly signedAt: number;
  /** From when until when it is good, in milliseconds. */
  readonly validFrom: number;
  readonly expiresAt: number;
  readonly token: string | undefined;
}

const clockSkewMs = 15 * 60 * 1000;

/** Reads the signature of a request; `undefined` if it has none that can be read. */
export function readSignature(request: Request): Signature | undefined {
  const header = request.headers.get('authorization');
  if (header !== undefined) return fromHeader(header, request);
  return request.query.has('X-Amz-Signature') ? fromQuery(request.query) : undefined;
}

/** Whether the signature was made with this secret over exactly this request. */
export function signatureFits(request: Request, signature: Signature, secret: string): boolean {
  const payloadHash =
    signature.form === 'query' ? 'UNSIGNED-PAYLOAD' : hashToSign(request, signature.service);
  const canonical = canonicalRequest(request, signature.signedHeaders, payloadHash);
  const expected = Buffer.from(sign(canonical, signature, secret));
  const given = Buffer.from(signature.signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** Presigns a PUT of `path` (percent-encoded) on `origin`, good for `seconds`. Returns the whole URL. */
export function presignPut(
  origin: string,
  path: string,
  signer: { accessKeyId: string; secret: string; region: string; at: Date; seconds: number },
): string {
  const at = signer.at.toISOString().replace(/[-:]|\.\d+/g, '');
  const date = at.slice(0, 8);
  const scope = `${signer.accessKeyId}/${date}/${signer.region}/s3/aws4_request`;
  const rawQuery = [
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    `X-Amz-Date=${at}`,
    'X-Amz-SignedHeaders=host',
    `X-Amz-Expires=${signer.seconds}`,
    `X-Amz-Credential=${encodeStrict(scope)}`,
  ].join('&');
  const request: Request = {
    method: 'PUT',
    path,
    rawQuery,
    query: new URLSearchParams(rawQuery),
    headers: new Map([['host', new URL(origin).host]]),
    body: Buffer.alloc(0),
  };
  const canonical = canonicalRequest(request, ['host'], 'UNSIGNED-PAYLOAD');
  const signing = { date, region: signer.region, service: 's3', signedAt: signer.at.getTime() };
  return `${origin}${path}?${rawQuery}&X-Amz-Signature=${sign(canonical, signing, signer.secret)}`;
}

/** S3 takes the hash, or the word for "none", that a client declares, and compares it with the body later. */
function hashToSign(request: Request, service: string): string {
  const declared = request.headers.get('x-amz-content-sha256');
  return service === 's3' && declared !== undefined ? declared : sha256Hex(request.body);
}

function sign(
  canonical: string,
  scope: Pick<Signature, 'date' | 'region' | 'service' | 'signedAt'>,
  secret: string,
): string {
  const at = new Date(scope.signedAt).toISOString().replace(/[-:]|\.\d+/g, '');
  const terms = [scope.date, scope.region, scope.service, 'aws4_request'];
  const text = ['AWS4-HMAC-SHA256', at, terms.join('/'), sha256Hex(canonical)].join('\n');
  let key: string | Buffer = `AWS4${secret}`;
  for (const term of terms) key = createHmac('sha256', key).update(term).digest();
  return createHmac('sha256', key).update(text).digest('hex');
}

function fromHeader(header: string, request: Request): Signature | undefined {
  const fields =
    /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]+)$/.exec(
      header,
    );
  const at = readTime(request.headers.get('x-amz-date'));
  if (fields === null || at === undefined) return undefined;
  const [, credential = '', headers = '', signature = ''] = fields;
  return {
    form: 'header',
    ...readCredential(credential),
    signedHeaders: headers.split(';'),
    signature,
    signedAt: at,
    validFrom: at - clockSkewMs,
    expiresAt: at + clockSkewMs,
    token: request.headers.get('x-amz-security-token'),
  };
}

function fromQuery(query: URLSearchParams): Signature | undefined {
  const at = readTime(query.get('X-Amz-Date') ?? undefined);
  if (at === undefined || query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') return undefined;
  return {
    form: 'query',
    ...readCredential(query.get('X-Amz-Credential') ?? ''),
    signedHeaders: (query.get('X-Amz-SignedHeaders') ?? '').split(';'),
    signature: query.get('X-Amz-Signature') ?? '',
    signedAt: at,
    validFrom: at - clockSkewMs,
    expiresAt: at + Number(query.get('X-Amz-Expires') ?? 0) * 1000,
    token: query.get('X-Amz-Security-Token') ?? undefined,
  };
}

function readCredential(text: string): Pick<Signature, 'accessKeyId' | 'date' | 'region' | 'service'> {
  const [accessKeyId = '', date = '', region = '', service = ''] = text.split('/');
  return { accessKeyId, date, region, service };
}

function readTime(text: string | undefined): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? '');
  if (parts === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
