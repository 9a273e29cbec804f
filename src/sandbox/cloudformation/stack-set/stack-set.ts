import type { Account } from '../../identity/account.js';
import type { World } from '../../world.js';
import type { Stack } from '../stack.js';
import type { StackSetDefinition } from './definition.js';

/** A stack set with service-managed permissions, with the stacks that it has made in members of the organization. */
export interface StackSet {
  /** The name, a colon and a UUID. */
  readonly id: string;
  readonly name: string;
  /** The management account. */
  readonly account: Account;
  readonly region: string;
  definition: StackSetDefinition;
  /** By `placeKey`. */
  readonly instances: Map<string, StackInstance>;
  readonly operations: StackSetOperation[];
  /** Ends when no operation is under way; the next one waits for it. */
  work: Promise<void>;
}

/** Where a stack set makes a stack. */
export interface Place {
  /** The account's number. */
  readonly account: string;
  readonly region: string;
}

/** What a stack set knows of one place. Source: CloudFormation API Reference, StackInstance. */
export interface StackInstance extends Place {
  /** Missing where none could be made. */
  stack: Stack | undefined;
  status: 'CURRENT' | 'OUTDATED' | 'INOPERABLE';
  detailedStatus: 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'INOPERABLE' | 'SKIPPED_SUSPENDED_ACCOUNT';
  reason: string | undefined;
}

export interface StackSetOperation {
  readonly id: string;
  readonly action: 'CREATE' | 'UPDATE' | 'DELETE';
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED';
}

/** Tells the places of a stack set apart. */
export function placeKey({ account, region }: Place): string {
  return `${account}/${region}`;
}

/** The instance at a place, a new one where there is none. */
export function openInstance(set: StackSet, { account, region }: Place): StackInstance {
  const key = placeKey({ account, region });
  const known = set.instances.get(key);
  if (known !== undefined) return known;
  const instance: StackInstance = {
    account,
    region,
    stack: undefined,
    status: 'OUTDATED',
    detailedStatus: 'PENDING',
    reason: undefined,
  };
  set.instances.set(key, instance);
  return instance;
}

/** Does something with a stack set once all that was asked for before is done. */
export function inTurn(world: World, set: StackSet, work: () => Promise<void>): Promise<void> {
  const result = set.work.then(work);
  set.work = result.catch(() => undefined);
  world.background.start(`stack set ${set.name}`, () => result);
  return result;
}
