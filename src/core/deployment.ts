import type { Stored } from './change.js';
import type { DeploymentId } from './id.js';
import { Problem } from './problem.js';

/** One time that the central account is to hold what the groups say: what would change, and what came of it. */
export interface Deployment extends Stored {
  readonly kind: 'deployment';
  readonly id: DeploymentId;
  readonly status: DeploymentStatus;
  /** Of the template, by its content. */
  readonly version: string;
  /** Null where there is nothing to change. */
  readonly changeSet: { readonly id: string; readonly stackId: string } | null;
  /** At most `MOST_CHANGES` of them. */
  readonly changes: readonly PlannedChange[];
  readonly changeCount: number;
  /** Members of groups who are no users of the central account, so that nothing is planned for them. */
  readonly unknownMembers: readonly string[];
  /** What did not go well, in CloudFormation's words. */
  readonly failures: readonly ResourceFailure[];
  readonly createdAt: number;
  readonly executedAt: number | null;
  readonly finishedAt: number | null;
}

/** What all instances know of the central stack's keeping: the one whose write goes through looks after it next. */
export interface DeploymentWatch extends Stored {
  readonly kind: 'deployment-watch';
  /** Which is being executed and has to be followed to its end. */
  readonly underWay: DeploymentId | null;
  /** When it was last seen to that the stack is up to date. */
  readonly lookedAt: number;
  /** Up to which number of the feed that took everything into account. */
  readonly seen: number;
  /**
   * What was deployed last by itself, and when: what fails is not tried again at once. `plan` is its deployment while
   * CloudFormation is still planning it.
   */
  readonly tried: {
    readonly version: string;
    readonly at: number;
    readonly plan: DeploymentId | null;
  } | null;
  /** Why it could not be looked after, as it was told last; null once it could. */
  readonly fault: string | null;
}

export const deploymentStatuses = [
  /** CloudFormation is still finding out what would change. */
  'planning',
  'planned',
  /** The central account holds what it is to hold. */
  'unchanged',
  /** Another deployment has changed the stack since. */
  'obsolete',
  'executing',
  'deployed',
  'failed',
] as const;

export type DeploymentStatus = (typeof deploymentStatuses)[number];

/** What CloudFormation says that it would do to one resource. */
export interface PlannedChange {
  readonly action: 'add' | 'change' | 'remove';
  readonly logicalId: string;
  readonly type: string;
  /** Its name in IAM, where it has one already. */
  readonly physicalId: string | null;
  /** Whether a new one takes its place: never, surely, or only CloudFormation will know. */
  readonly replacement: 'no' | 'yes' | 'perhaps';
}

export interface ResourceFailure {
  readonly logicalId: string;
  readonly type: string;
  readonly reason: string;
}

/** More are counted, and not listed. */
export const MOST_CHANGES = 500;

export function isFinished({ status }: Pick<Deployment, 'status'>): boolean {
  return status !== 'planning' && status !== 'planned' && status !== 'executing';
}

export function deploymentNotFound(text: string): Problem {
  return new Problem('not-found', `There is no deployment ${JSON.stringify(text)}.`);
}
