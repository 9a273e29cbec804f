import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../core/problem.js';

const FIELD = 'Idempotency-Key';

/** The Idempotency-Key that a request came with, or null. Throws `request-invalid` where it cannot be one. */
export function idempotencyKeyOf({ raw }: Pick<FastifyRequest, 'raw'>): string | null {
  const values = raw.headersDistinct['idempotency-key'];
  if (values === undefined) return null;
  const [value = ''] = values;
  if (values.length === 1 && /^[\x20-\x7e]{1,255}$/.test(value)) return value;
  const message = 'has to be 1 to 255 printable ASCII characters, once';
  throw new Problem('request-invalid', `${FIELD} ${message}.`, [{ field: FIELD, message }]);
}

/**
 * A digest of what a request asks for: its method, its address and what its body says. Two that differ in white space
 * or in the order of keys alone ask for the same.
 */
export function digestOf({ method, url, body }: Pick<FastifyRequest, 'method' | 'url' | 'body'>): string {
  const text = JSON.stringify([method, url, inOrder(body ?? null)]);
  return createHash('sha256').update(text).digest('base64url');
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, one]) => [name, inOrder(one)]);
}
