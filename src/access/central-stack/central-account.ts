import type { PlannedChange, ResourceFailure } from '../../core/deployment.js';

/** The account in which auditors have their users, as far as its stack goes. `src/aws/central-account.ts` reaches it. */
export interface CentralAccount {
  /** Names of all IAM users. */
  readonly users: () => Promise<readonly string[]>;
  /** Null where there is none. */
  readonly stack: () => Promise<CentralStack | null>;
  /** Where a template will stand, by its content's hash; null where no bucket is set. */
  readonly addressOf: () => Promise<((hash: string) => string) | null>;
  /**
   * Has CloudFormation find out what a template would change. Throws `central-stack-too-large` where the template
   * needs a bucket, and none is set.
   */
  readonly propose: (name: string, template: Proposal, stack: CentralStack | null) => Promise<ChangeSet>;
  readonly proposal: (changeSet: ChangeSet) => Promise<Proposed>;
  /** Does nothing where CloudFormation does not take it: what became of it, `proposal` says. */
  readonly execute: (changeSet: ChangeSet) => Promise<void>;
  /** Throws one away that nobody will carry out: a stack may have so many only. */
  readonly discard: (changeSet: ChangeSet) => Promise<void>;
  /** What failed first, of the stack and those nested in it, since a moment in ms. */
  readonly failures: (stackId: string, since: number) => Promise<readonly ResourceFailure[]>;
  /** Begins to compare what stands in the account with what was deployed. Returns the comparisons' ids. */
  readonly detectDrift: (stack: CentralStack) => Promise<readonly string[]>;
  readonly isDriftChecked: (checks: readonly string[]) => Promise<boolean>;
  readonly driftedResources: (stack: CentralStack) => Promise<readonly DriftedResource[]>;
}

export interface CentralStack {
  readonly id: string;
  /** CloudFormation's own. */
  readonly status: string;
  /** Of the template that it was made from; null before there was any. */
  readonly version: string | null;
  readonly isNested: boolean;
  readonly drift: Drift;
}

export interface Drift {
  readonly status: 'not-checked' | 'in-sync' | 'drifted' | 'unknown';
  readonly checkedAt: number | null;
}

export interface DriftedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string | null;
  readonly status: 'modified' | 'removed';
  /** Paths of the properties that differ. */
  readonly properties: readonly string[];
}

export interface Proposal {
  readonly body: string;
  readonly nested: ReadonlyMap<string, string>;
}

export interface ChangeSet {
  readonly id: string;
  readonly stackId: string;
}

export type Proposed =
  | { readonly status: 'pending' }
  | { readonly status: 'ready'; readonly changes: readonly PlannedChange[] }
  /** The stack holds all of it already. */
  | { readonly status: 'empty' }
  | { readonly status: 'refused'; readonly reason: string }
  /** It was thrown away, or its stack was, or changed since. */
  | { readonly status: 'gone' }
  /** It is being carried out, or was. */
  | { readonly status: 'executing' | 'executed' | 'not-executed' };
