import { Gauge, Histogram, type Registry } from 'prom-client';
import type { Verdict } from '../core/verdict.js';
import type { Fleet } from '../keeping/fleet.js';

/** Counts attempts to verify a role, and how long each takes, by what was found. */
export function countVerifications(registry: Registry): (verdict: Verdict, milliseconds: number) => void {
  const seconds = new Histogram({
    name: 'rolecall_verification_attempt_seconds',
    help: 'Attempts to verify a role: verified, or the code of the failure.',
    labelNames: ['outcome'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  return ({ failure }, milliseconds) =>
    seconds.observe({ outcome: failure?.code ?? 'verified' }, milliseconds / 1_000);
}

/** Shows how many of the connected accounts that were verified of late have failed; read when it is asked for. */
export function showFleet(registry: Registry): (fleet: Pick<Fleet, 'recent'>) => void {
  return (fleet) => {
    new Gauge({
      name: 'rolecall_recent_checks',
      help: 'Connected accounts that this process has verified within ten minutes, by what was found.',
      labelNames: ['outcome'],
      registers: [registry],
      collect() {
        const { checked, failed } = fleet.recent();
        this.set({ outcome: 'verified' }, checked - failed);
        this.set({ outcome: 'failed' }, failed);
      },
    });
  };
}
