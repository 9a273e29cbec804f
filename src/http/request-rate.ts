import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

const WINDOW = 60;

/**
 * Counts requests by caller on this copy of the service. Returns whether one more is allowed, and the fields that tell
 * the caller how much is left.
 *
 * Source: draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4.
 */
export function makeRequestRate(points: number) {
  const limiter = new RateLimiterMemory({ points, duration: WINDOW });
  return async (callerId: string) => {
    const { allowed, counted } = await take(limiter, callerId);
    const seconds = Math.ceil(counted.msBeforeNext / 1_000);
    return {
      allowed,
      headers: {
        'ratelimit-policy': `"default";q=${points};w=${WINDOW}`,
        ratelimit: `"default";r=${Math.max(0, counted.remainingPoints)};t=${seconds}`,
        ...(!allowed && { 'retry-after': String(Math.max(1, seconds)) }),
      },
    };
  };
}

async function take(limiter: RateLimiterMemory, callerId: string) {
  try {
    return { allowed: true, counted: await limiter.consume(callerId) };
  } catch (refused) {
    // It throws what it counted; anything else is a fault of its own.
    if (refused instanceof RateLimiterRes) return { allowed: false, counted: refused };
    throw refused;
  }
}
