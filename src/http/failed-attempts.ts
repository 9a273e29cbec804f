import { isIPv6 } from 'node:net';
import { RateLimiterMemory } from 'rate-limiter-flexible';

/** Counts, by address, calls whose key was not taken; `most` within a minute bar the address for the rest of it. */
export function makeFailedAttempts(most: number) {
  const limiter = new RateLimiterMemory({ points: most, duration: 60 });
  return {
    /** For how many seconds an address is barred; 0 where it is not. */
    async barredFor(address: string): Promise<number> {
      const counted = await limiter.get(networkOf(address));
      return counted === null || counted.consumedPoints < most
        ? 0
        : Math.ceil(counted.msBeforeNext / 1_000) || 1;
    },
    async count(address: string): Promise<void> {
      await limiter.penalty(networkOf(address));
    },
  };
}

/** An IPv6 address by its /64, all of which one sender has; another address is itself. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const parts = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const [before = [], after = []] = parts;
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
