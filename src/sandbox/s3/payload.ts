import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsError } from '../wire/aws-error.js';
import { sha256Hex } from '../wire/canonical-request.js';
import type { Request } from '../wire/exchange.js';

/** What was uploaded, with the checksums that came with it. */
export interface Payload {
  readonly body: Buffer;
  readonly checksums: Readonly<Record<string, string>>;
}

/** Unwraps an upload and checks its checksums. Throws S3's errors. */
export function readPayload(request: Request): Payload {
  const declared = request.headers.get('x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD';
  // A streaming upload's chunk signatures are taken as declared; its length and its trailing checksum are checked.
  const { body, trailers } = declared.startsWith('STREAMING-')
    ? readChunks(request.body)
    : { body: request.body, trailers: new Map<string, string>() };
  if (/^[0-9a-f]{64}$/.test(declared) && declared !== sha256Hex(body)) {
    throw new AwsError(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  const length = request.headers.get('x-amz-decoded-content-length');
  if (length !== undefined && Number(length) !== body.length) {
    throw new AwsError('IncompleteBody', 'The request body terminated unexpectedly');
  }
  const checksums: Record<string, string> = {};
  for (const [name, value] of [...request.headers, ...trailers]) {
    if (/^x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)$/.test(name)) checksums[name] = value;
  }
  for (const [name, value] of Object.entries(checksums))
    checkSum(name.slice('x-amz-checksum-'.length), value, body);
  return { body, checksums };
}

function checkSum(algorithm: string, given: string, body: Buffer): void {
  const actual = compute(algorithm, body);
  if (actual !== undefined && actual !== given) {
    throw new AwsError(
      'BadDigest',
      `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
    );
  }
}

/** Node has no CRC32C and no CRC64NVME; those are stored as they come. */
function compute(algorithm: string, body: Buffer): string | undefined {
  if (algorithm === 'sha1' || algorithm === 'sha256')
    return createHash(algorithm).update(body).digest('base64');
  if (algorithm !== 'crc32') return undefined;
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return sum.toString('base64');
}

/** Reads `aws-chunked`: `size;extension CRLF data CRLF` until size 0, then trailing headers. */
function readChunks(source: Buffer): { body: Buffer; trailers: Map<string, string> } {
  const chunks: Buffer[] = [];
  let at = 0;
  const nextLine = (): string => {
    const end = source.indexOf('\r\n', at);
    if (end < 0) throw new AwsError('IncompleteBody', 'The request body terminated unexpectedly');
    const line = source.toString('latin1', at, end);
    at = end + 2;
    return line;
  };
  for (let size = chunkSize(nextLine()); size > 0; size = chunkSize(nextLine())) {
    chunks.push(source.subarray(at, at + size));
    at += size + 2;
  }
  const trailers = new Map<string, string>();
  while (at < source.length) {
    const [name = '', value = ''] = nextLine().split(/:\s*/, 2);
    if (name !== '') trailers.set(name.toLowerCase(), value);
  }
  return { body: Buffer.concat(chunks), trailers };
}

function chunkSize(line: string): number {
  const size = Number.parseInt(line, 16);
  if (Number.isNaN(size)) throw new AwsError('InvalidRequest', 'The body is not well formed aws-chunked');
  return size;
}
