import { Problem } from '../../core/problem.js';
import type { CentralStack, DriftedResource } from './central-account.js';
import { type CentralStackPorts, centralState, isCurrent } from './plan-deployment.js';

export interface ShownCentralStack {
  /** Null where nothing was deployed yet. */
  readonly stack: CentralStack | null;
  /** Of the template that the groups come to now. */
  readonly version: string;
  readonly isCurrent: boolean;
  readonly unknownMembers: readonly string[];
  /** What stands otherwise in the account than it was deployed, as of the last check. */
  readonly drifted: readonly DriftedResource[];
}

/** How long a check for drift is waited for before it is answered as it stands, in milliseconds. */
const CHECKED_WITHIN = 20_000;
const LOOK_EVERY = 250;

/** The central account's stack as it is, beside what the groups say. */
export async function readCentralStack(ports: CentralStackPorts): Promise<ShownCentralStack> {
  const { template, stack } = await centralState(ports);
  const { version, unknownMembers } = template;
  const drifted = stack === null || stack.version === null ? [] : await ports.central.driftedResources(stack);
  return { stack, version, isCurrent: isCurrent(stack, template), unknownMembers, drifted };
}

/**
 * Has CloudFormation compare what stands in the central account with what was deployed. Throws `not-found` before
 * anything was. A check that takes long goes on, and is read later.
 */
export async function checkDrift(ports: CentralStackPorts): Promise<ShownCentralStack> {
  const { central, now } = ports;
  const stack = await central.stack();
  if (stack === null || stack.version === null)
    throw new Problem('not-found', 'Nothing has been deployed to the central account.');
  const checks = await central.detectDrift(stack);
  const until = now() + CHECKED_WITHIN;
  while (now() < until && !(await central.isDriftChecked(checks))) await ports.pause(LOOK_EVERY);
  return readCentralStack(ports);
}
