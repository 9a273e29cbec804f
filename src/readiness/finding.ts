/** What a check found: all is well, or what is wrong and what to do about it. */
export interface Finding {
  /** `failed`: the service cannot do its work. `warning`: it works, and yet somebody should see to it. */
  readonly status: 'ok' | 'warning' | 'failed';
  /** Null where there is nothing to say. */
  readonly detail: string | null;
}

export const OK: Finding = { status: 'ok', detail: null };

export type CheckName = 'table' | 'credentials' | 'clock' | 'templates' | 'probes';

/** Everything that was looked at. */
export interface Readiness {
  readonly checks: readonly (Finding & { readonly name: CheckName })[];
  /** By how much AWS's clock is ahead of ours, in milliseconds; null where it could not be asked. */
  readonly clockAhead: number | null;
}
