import { type Deployment, type DeploymentWatch, isFinished } from '../../core/deployment.js';
import type { DeploymentId } from '../../core/id.js';
import { Problem } from '../../core/problem.js';
import {
  type DeploymentPorts,
  eventsOf,
  executeDeployment,
  presentDeployment,
} from './execute-deployment.js';
import { centralState, isCurrent, planDeployment } from './plan-deployment.js';

export interface KeepPorts extends DeploymentPorts {
  /** The last number that was drawn in the feed, by whichever instance. */
  readonly drawn: () => Promise<number>;
  /** Whether the stack follows the groups by itself. */
  readonly auto: boolean;
}

/** Whether something is under way, to be looked after again soon. */
interface Look {
  readonly underWay: boolean;
}

/** The stack follows the groups at most this often, in milliseconds. */
const AT_MOST_EVERY = 60_000;
/** Whether or not anything happened, since users of the central account come and go unseen. */
const AT_LEAST_EVERY = 15 * 60_000;
/** A deployment of which AWS has said nothing for so long is given up. */
const GIVE_UP_AFTER = 6 * 60 * 60_000;
const IDLE: Look = { underWay: false };

/**
 * One look after the central account's stack: follows what is under way to its end, and, where it is switched on, has
 * the stack hold what the groups say. Of several instances that look at once, one does. What keeps the stack from
 * following is told as `central_stack.failed`, once.
 */
export async function keepCentralStack(ports: KeepPorts): Promise<Look> {
  const watch = await ports.watch();
  if (watch.underWay !== null) return follow(ports, watch, watch.underWay);
  const now = ports.now();
  if (!ports.auto || now - watch.lookedAt < AT_MOST_EVERY) return IDLE;
  const drawn = await ports.drawn();
  if (drawn === watch.seen && now - watch.lookedAt < AT_LEAST_EVERY) return IDLE;
  if (!(await ports.commit({ put: [{ ...watch, lookedAt: now }] })).ok) return IDLE;
  try {
    return await catchUp(ports, watch, drawn);
  } catch (error) {
    if (error instanceof Problem && !/^(unavailable|central-stack-busy)$/.test(error.code))
      await tellFault(ports, `${error.code}: ${error.message}`);
    throw error;
  }
}

async function catchUp(ports: KeepPorts, { seen, tried }: DeploymentWatch, drawn: number): Promise<Look> {
  const at = ports.now();
  const { template, stack } = await centralState(ports);
  const { version } = template;
  const note = async (changes: Partial<DeploymentWatch>) =>
    ports.commit({ put: [{ ...(await ports.watch()), fault: null, ...changes }] });

  const again = tried?.version === version ? tried : null;
  const pending = again !== null && again.plan !== null ? await presentDeployment(ports, again.plan) : null;
  const wasTried = pending === null && again !== null && at - again.at < AT_LEAST_EVERY;
  if (wasTried || isCurrent(stack, template)) {
    await note({ seen: drawn });
    return IDLE;
  }
  const { id, status } = pending ?? (await planDeployment(ports));
  const isPlanning = status === 'planning';
  await note({ seen: isPlanning ? seen : drawn, tried: { version, at, plan: isPlanning ? id : null } });
  if (status !== 'planned') return IDLE;
  await executeDeployment(ports, id);
  return { underWay: true };
}

async function tellFault(ports: KeepPorts, fault: string): Promise<void> {
  const watch = await ports.watch();
  if (watch.fault === fault) return;
  const data = { deploymentId: null, version: null, reason: fault };
  const actor = { type: 'service' } as const;
  await ports.commit({
    put: [{ ...watch, fault }],
    events: [{ type: 'central_stack.failed', at: ports.now(), clientId: null, actor, data }],
  });
}

async function follow(ports: KeepPorts, watch: DeploymentWatch, id: DeploymentId): Promise<Look> {
  const deployment = await ports.deployment(id);
  if (deployment === null || isFinished(deployment)) {
    await ports.commit({ put: [{ ...watch, underWay: null }] });
    return IDLE;
  }
  try {
    const { status } = await presentDeployment(ports, id);
    return { underWay: status === 'executing' };
  } catch (error) {
    if (ports.now() - (deployment.executedAt ?? 0) > GIVE_UP_AFTER)
      await giveUp(ports, watch, deployment, error);
    throw error;
  }
}

/** One that nobody can follow any more holds up no other. */
async function giveUp(ports: KeepPorts, watch: DeploymentWatch, deployment: Deployment, error: unknown) {
  const reason = `It could not be followed: ${String(error)}`.slice(0, 500);
  const failure = { logicalId: '', type: 'AWS::CloudFormation::Stack', reason };
  const failed = { ...deployment, status: 'failed', failures: [failure], finishedAt: ports.now() } as const;
  await ports.commit({ put: [failed, { ...watch, underWay: null }], events: eventsOf(failed) });
}
