import type { Deployment, DeploymentWatch } from '../../core/deployment.js';
import { deploymentNotFound, isFinished } from '../../core/deployment.js';
import type { NewEvent } from '../../core/event.js';
import { type DeploymentId, parseDeploymentId } from '../../core/id.js';
import { Problem } from '../../core/problem.js';
import { type Remember, remembersNothing } from '../../core/remembered-answer.js';
import { type CentralStackPorts, centralState, withProposal } from './plan-deployment.js';

export interface DeploymentPorts extends CentralStackPorts {
  readonly deployment: (id: DeploymentId) => Promise<Deployment | null>;
  readonly watch: () => Promise<DeploymentWatch>;
}

/**
 * Carries a plan out. That it is under way is written first, so that it is followed to its end by whichever instance
 * lives, and that one is carried out at a time. Throws `not-found`, `central-stack-busy`, and `deployment-not-planned`
 * where it is no plan, or the groups have changed since.
 */
export async function executeDeployment(
  ports: DeploymentPorts,
  idText: string,
  remember: Remember<Deployment> = remembersNothing,
): Promise<Deployment> {
  const planned = await presentDeployment(ports, idText);
  if (planned.status !== 'planned' || planned.changeSet === null)
    throw new Problem('deployment-not-planned', `The deployment is ${planned.status}.`);
  const watch = await ports.watch();
  if (watch.underWay !== null) throw busy(watch.underWay);
  // A plan of yesterday would let in again who was taken out since.
  const { template } = await centralState(ports);
  if (template.version !== planned.version) {
    await ports.commit({ put: [{ ...planned, status: 'obsolete', finishedAt: ports.now() }] });
    throw new Problem('deployment-not-planned', 'The groups have changed since it was planned.');
  }

  const executing: Deployment = { ...planned, status: 'executing', executedAt: ports.now() };
  const committed = await ports.commit({
    put: [executing, { ...watch, underWay: planned.id }, ...remember(executing)],
  });
  if (!committed.ok) throw busy(planned.id);
  // What goes wrong from here on is found by whoever follows it: a change set that was never executed is so still.
  await ports.central.execute(planned.changeSet).catch(() => undefined);
  return executing;
}

/** A deployment as it stands now. Throws `not-found`. */
export async function presentDeployment(ports: DeploymentPorts, idText: string): Promise<Deployment> {
  const id = parseDeploymentId(idText);
  const deployment = id && (await ports.deployment(id));
  if (deployment === null) throw deploymentNotFound(idText);
  if (isFinished(deployment) || deployment.changeSet === null) return deployment;
  const now = await lookedAfter(ports, deployment, deployment.changeSet);
  if (now.status === deployment.status) return deployment;

  const watch = isFinished(now) && deployment.status === 'executing' ? await ports.watch() : null;
  const { ok } = await ports.commit({
    put: [now, ...(watch?.underWay === now.id ? [{ ...watch, underWay: null }] : [])],
    events: eventsOf(now),
  });
  // Somebody else has seen the same, and written it.
  return ok ? now : ((await ports.deployment(deployment.id)) ?? now);
}

/** What has become of a deployment that is not finished. */
async function lookedAfter(
  { central, now }: DeploymentPorts,
  deployment: Deployment,
  changeSet: NonNullable<Deployment['changeSet']>,
): Promise<Deployment> {
  const proposed = await central.proposal(changeSet);
  if (deployment.status !== 'executing') return withProposal(deployment, proposed, now());
  // An instance that died in between has said that it executes, and has not.
  if (proposed.status === 'ready') await central.execute(changeSet);
  if (['ready', 'pending', 'executing'].includes(proposed.status)) return deployment;

  const stack = await central.stack();
  if (stack?.status.endsWith('_IN_PROGRESS')) return deployment;
  const finished = { ...deployment, finishedAt: now() };
  const isThere = stack?.id === changeSet.stackId && stack.version === deployment.version;
  const found = await central.failures(changeSet.stackId, deployment.executedAt ?? 0);
  // What could not be cleaned up is left behind by a stack that is otherwise well.
  if (proposed.status !== 'not-executed' && isThere)
    return { ...finished, status: 'deployed', failures: found };
  if (proposed.status === 'gone') return { ...finished, status: 'obsolete' };
  const stacks = {
    logicalId: '',
    type: 'AWS::CloudFormation::Stack',
    reason: `The stack is ${stack?.status}.`,
  };
  return { ...finished, status: 'failed', failures: found.length > 0 ? found : [stacks] };
}

/** What is told of a deployment that has come to its end. */
export function eventsOf({ id, status, version, finishedAt, failures }: Deployment): NewEvent[] {
  if (status !== 'deployed' && status !== 'failed') return [];
  const data = { deploymentId: id, version, reason: failures[0]?.reason ?? null };
  const type = `central_stack.${status}` as const;
  return [{ type, at: finishedAt ?? 0, clientId: null, actor: { type: 'service' }, data }];
}

function busy(id: DeploymentId): Problem {
  return new Problem('central-stack-busy', `The deployment ${id} is under way.`);
}
