import { type Finding, OK } from './finding.js';

export interface ProbePorts {
  /** What is wrong with the control roles; null where they are as they should be. */
  readonly controls: () => Promise<string | null>;
  /** Why so many accounts fail at once that the fault is likely ours; null where they do not. */
  readonly suspicion: () => string | null;
  readonly areConfigured: boolean;
}

/** Whether it is proven that the probes can see. While they are not, the service goes on, and no verdict counts. */
export async function checkProbes({ controls, suspicion, areConfigured }: ProbePorts): Promise<Finding> {
  if (!areConfigured) return warning('Probes are unproven: no control roles are configured.');
  const fault = (await controls()) ?? suspicion();
  return fault === null ? OK : warning(`No verdict counts: ${fault}.`);
}

function warning(detail: string): Finding {
  return { status: 'warning', detail };
}
