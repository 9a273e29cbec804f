import type { FastifyInstance } from 'fastify';
import { Problem } from '../../core/problem.js';

/** Between two looks at the memory, in milliseconds. */
const LOOK_EVERY = 500;
/** The share of the container's memory from which on requests are turned away. */
const SHARE = 0.85;

/** Asked by whoever restarts or scrapes the process: a restart is no cure for a crowd. */
const ALWAYS_ANSWERED: ReadonlySet<string> = new Set(['/healthz', '/metrics']);

/**
 * Turns requests away with 503 while more memory is resident than `limit` (in bytes; null: 85 % of what the container
 * has). Readiness is among them, so that a load balancer sends them elsewhere.
 */
export function shedLoad(app: FastifyInstance, limit: number | null): void {
  const most = limit ?? containerLimit();
  if (most === null) return;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let over = false;
  app.addHook('onRequest', async ({ routeOptions }) => {
    const at = performance.now();
    if (at - lookedAt >= LOOK_EVERY) {
      lookedAt = at;
      over = process.memoryUsage.rss() > most;
    }
    if (over && !ALWAYS_ANSWERED.has(routeOptions.url ?? ''))
      throw new Problem('overloaded', 'This copy of the service has no memory to spare.');
  });
}

/** Null where there is no limit but the machine's. */
function containerLimit(): number | null {
  const bytes = process.constrainedMemory();
  return bytes > 0 && bytes < Number.MAX_SAFE_INTEGER ? bytes * SHARE : null;
}
