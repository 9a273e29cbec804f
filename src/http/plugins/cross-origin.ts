import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** Lets pages of these web origins call the API; those of no other, and no cookies are involved. Off without any. */
export async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await app.register(cors, {
    origin: [...origins],
    methods: ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'],
    allowedHeaders: [
      'authorization',
      'content-type',
      'idempotency-key',
      'if-match',
      'if-none-match',
      'accept',
    ],
    exposedHeaders: ['location', 'link', 'etag', 'retry-after', 'ratelimit', 'ratelimit-policy'],
    maxAge: 600,
    strictPreflight: false,
  });
}
