import type { Commit } from '../../core/change.js';
import { type Deployment, MOST_CHANGES } from '../../core/deployment.js';
import { deploymentId } from '../../core/id.js';
import type { Partition } from '../../core/partition.js';
import { Problem } from '../../core/problem.js';
import { type Remember, remembersNothing } from '../../core/remembered-answer.js';
import { type AllGroupsPorts, allGroups } from '../all-groups.js';
import type { CentralAccount, CentralStack, Proposed } from './central-account.js';
import { type CentralTemplate, renderCentralTemplate } from './render-template.js';

export interface CentralStackPorts extends AllGroupsPorts {
  readonly central: CentralAccount;
  readonly partition: Pick<Partition, 'id'>;
  readonly commit: Commit;
  readonly now: () => number;
  readonly draw: { readonly uuid7: () => string };
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** How long a plan is waited for before it is answered as it stands, in milliseconds. */
const PLANNED_WITHIN = 20_000;
const LOOK_EVERY = 250;

/** What the central account is to hold, as a template, and what it holds. */
export async function centralState(
  ports: Omit<CentralStackPorts, 'commit' | 'draw' | 'now' | 'pause'>,
): Promise<{ template: CentralTemplate; stack: CentralStack | null }> {
  const { central, partition } = ports;
  const [groups, users, stack, addressOf] = await Promise.all([
    allGroups(ports),
    central.users(),
    central.stack(),
    central.addressOf(),
  ]);
  // A stack stays as it was made at first: one with a place for templates is made of nested ones.
  const isNested = stack === null || stack.version === null ? addressOf !== null : stack.isNested;
  return { template: renderCentralTemplate({ groups, users, partition, isNested, addressOf }), stack };
}

/** Whether the stack holds what the template says, as far as CloudFormation knows. */
export function isCurrent(
  stack: CentralStack | null,
  { version }: Pick<CentralTemplate, 'version'>,
): boolean {
  return (
    stack !== null &&
    stack.version === version &&
    /^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(stack.status)
  );
}

/**
 * Finds out what would change in the central account, and changes nothing. A plan that CloudFormation takes long for
 * is handed out as `planning`. Throws `central-stack-busy` while a deployment is under way, `group-too-large` and
 * `central-stack-too-large` where groups do not fit, `central-stack-refused` and `unavailable` where AWS does not answer.
 */
export async function planDeployment(
  ports: CentralStackPorts,
  remember: Remember<Deployment> = remembersNothing,
): Promise<Deployment> {
  const { central, now } = ports;
  const { template, stack } = await centralState(ports);
  const begun: Deployment = {
    ...{ kind: 'deployment', rev: null, id: deploymentId(ports.draw.uuid7()), status: 'planning' },
    ...{ version: template.version, unknownMembers: template.unknownMembers },
    ...{ changeSet: null, changes: [], changeCount: 0, failures: [] },
    ...{ createdAt: now(), executedAt: null, finishedAt: null },
  };
  if (isCurrent(stack, template))
    return keep(ports, { ...begun, status: 'unchanged', finishedAt: now() }, remember);
  if (stack?.status.endsWith('_IN_PROGRESS') && stack.status !== 'REVIEW_IN_PROGRESS')
    throw new Problem('central-stack-busy', `The stack is in ${stack.status}.`);

  const changeSet = await central.propose(`rolecall-${begun.id.slice(4)}`, template, stack);
  const until = now() + PLANNED_WITHIN;
  let proposed = await central.proposal(changeSet);
  while (proposed.status === 'pending' && now() < until) {
    await ports.pause(LOOK_EVERY);
    proposed = await central.proposal(changeSet);
  }
  if (proposed.status === 'empty' || proposed.status === 'refused')
    await central.discard(changeSet).catch(() => undefined);
  return keep(ports, withProposal({ ...begun, changeSet }, proposed, now()), remember);
}

/** A deployment as it is once CloudFormation has said what would change. */
export function withProposal(deployment: Deployment, proposed: Proposed, now: number): Deployment {
  switch (proposed.status) {
    case 'pending':
      return deployment;
    case 'ready': {
      const { changes } = proposed;
      return {
        ...deployment,
        status: 'planned',
        changes: changes.slice(0, MOST_CHANGES),
        changeCount: changes.length,
      };
    }
    case 'empty':
      return { ...deployment, status: 'unchanged', finishedAt: now };
    // One that somebody carried out in the console is none of ours any more.
    case 'executing':
    case 'executed':
    case 'not-executed':
    case 'gone':
      return { ...deployment, status: 'obsolete', finishedAt: now };
    case 'refused': {
      const failure = { logicalId: '', type: 'AWS::CloudFormation::ChangeSet', reason: proposed.reason };
      return { ...deployment, status: 'failed', failures: [failure], finishedAt: now };
    }
  }
}

async function keep(
  { commit }: CentralStackPorts,
  deployment: Deployment,
  remember: Remember<Deployment>,
): Promise<Deployment> {
  const { ok } = await commit({ put: [deployment, ...remember(deployment)] });
  if (!ok) throw new Problem('unavailable', 'The deployment was not recorded; try again.');
  return deployment;
}
