import type { Probe } from '../core/verdict.js';

/**
 * AccessDenied is the only denial. Throttling, a time-out, a disabled region say nothing about the role.
 * Source: STS API Reference, AssumeRole, Errors; IAM User Guide, "Troubleshooting IAM roles".
 */
export function outcomeOf(error: unknown): Exclude<Probe, { outcome: 'entered' }> {
  const name = error instanceof Error ? error.name : 'Error';
  if (name === 'AccessDenied' || name === 'AccessDeniedException') return { outcome: 'denied' };
  return { outcome: 'inconclusive', error: name };
}
