import { isFinished } from '../../core/deployment.js';
import { type DeploymentPorts, executeDeployment, presentDeployment } from './execute-deployment.js';
import { centralState, isCurrent, planDeployment } from './plan-deployment.js';

export interface KeepPorts extends DeploymentPorts {
  /** The last number that was drawn in the feed, by whichever instance. */
  readonly drawn: () => Promise<number>;
  /** Whether the stack follows the groups by itself. */
  readonly auto: boolean;
}

/** The stack follows the groups at most this often, in milliseconds. */
const AT_MOST_EVERY = 60_000;
/** Whether or not anything happened, since users of the central account come and go unseen. */
const AT_LEAST_EVERY = 15 * 60_000;
const IDLE = { underWay: false };

/**
 * One look after the central account's stack: follows what is under way to its end, and, where it is switched on, has
 * the stack hold what the groups say. Of several instances that look at once, one does.
 * Returns whether something is under way, to be looked after again soon.
 */
export async function keepCentralStack(ports: KeepPorts): Promise<{ readonly underWay: boolean }> {
  const watch = await ports.watch();
  if (watch.underWay !== null) {
    const deployment = await ports.deployment(watch.underWay);
    // One that nobody could follow until it was swept away holds up no other.
    if (deployment === null || isFinished(deployment))
      return (await ports.commit({ put: [{ ...watch, underWay: null }] })) && IDLE;
    const { status } = await presentDeployment(ports, watch.underWay);
    return { underWay: status === 'executing' };
  }
  const now = ports.now();
  if (!ports.auto || now - watch.lookedAt < AT_MOST_EVERY) return IDLE;
  const drawn = await ports.drawn();
  if (drawn === watch.seen && now - watch.lookedAt < AT_LEAST_EVERY) return IDLE;
  const looked = { ...watch, lookedAt: now, seen: drawn };
  if (!(await ports.commit({ put: [looked] })).ok) return IDLE;
  const { template, stack } = await centralState(ports);
  const { version } = template;
  const wasTried = watch.tried?.version === version && now - watch.tried.at < AT_LEAST_EVERY;
  if (wasTried || isCurrent(stack, template)) return IDLE;
  const { id, status } = await planDeployment(ports);
  // One that CloudFormation is still planning is begun anew, the others not at once.
  if (status !== 'planning')
    await ports.commit({ put: [{ ...(await ports.watch()), tried: { version, at: now } }] });
  if (status !== 'planned') return IDLE;
  await executeDeployment(ports, id);
  return { underWay: true };
}
