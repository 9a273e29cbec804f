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

/**
 * One look after the central account's stack: follows what is under way to its end, and, where it is switched on, has
 * the stack hold what the groups say. Of several instances that look at once, one does.
 */
export async function keepCentralStack(ports: KeepPorts): Promise<void> {
  const watch = await ports.watch();
  if (watch.underWay !== null) {
    await presentDeployment(ports, watch.underWay);
    return;
  }
  const now = ports.now();
  if (!ports.auto || now - watch.lookedAt < AT_MOST_EVERY) return;
  const drawn = await ports.drawn();
  if (drawn === watch.seen && now - watch.lookedAt < AT_LEAST_EVERY) return;
  const looked = { ...watch, lookedAt: now, seen: drawn };
  if (!(await ports.commit({ put: [looked] })).ok) return;
  const { template, stack } = await centralState(ports);
  const { version } = template;
  const wasTried = watch.tried?.version === version && now - watch.tried.at < AT_LEAST_EVERY;
  if (wasTried || isCurrent(stack, template)) return;
  const { id, status } = await planDeployment(ports);
  const tried = { ...(await ports.watch()), tried: { version, at: now } };
  await ports.commit({ put: [tried] });
  if (status === 'planned') await executeDeployment(ports, id);
}
