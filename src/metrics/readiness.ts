import { Gauge, type Registry } from 'prom-client';
import type { Readiness } from '../readiness/finding.js';

/** Shows what readiness is made of: looked at when it is asked for, every few seconds at most. */
export function showReadiness(registry: Registry): (look: () => Promise<Readiness>) => void {
  const registers = [registry];
  return (look) => {
    new Gauge({
      name: 'rolecall_ready_check',
      help: 'What /readyz looks at: 1 where it is as it should be, 0 where it is not.',
      labelNames: ['check'],
      registers,
      async collect() {
        const { checks } = await look();
        for (const { name, status } of checks) this.set({ check: name }, status === 'ok' ? 1 : 0);
      },
    });
    new Gauge({
      name: 'rolecall_clock_ahead_seconds',
      help: "By how much AWS's clock is ahead of this machine's, to a second or two; 0 where AWS could not be asked.",
      registers,
      async collect() {
        this.set(((await look()).clockAhead ?? 0) / 1_000);
      },
    });
  };
}
