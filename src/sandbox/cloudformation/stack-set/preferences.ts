import { isObject, type Json } from '../../wire/json.js';

/** How an operation of a stack set goes about many accounts. Source: CloudFormation API, StackSetOperationPreferences. */
export interface OperationPreferences {
  readonly tolerance: Amount;
  readonly concurrency: Amount;
  readonly parallelRegions: boolean;
}

/** A number of accounts, or a part of them. */
type Amount = { readonly count: number } | { readonly percentage: number };

/** Reads OperationPreferences; nothing may fail, and one account comes after the other, unless they say otherwise. */
export function readPreferences(value: Json | undefined): OperationPreferences {
  const given = isObject(value) ? value : {};
  return {
    tolerance: amount(given['FailureToleranceCount'], given['FailureTolerancePercentage'], 0),
    concurrency: amount(given['MaxConcurrentCount'], given['MaxConcurrentPercentage'], 1),
    parallelRegions: given['RegionConcurrencyType'] === 'PARALLEL',
  };
}

/** How many of these accounts may fail in a region before the operation does. */
export function toleratedFailures({ tolerance }: OperationPreferences, accounts: number): number {
  return of(tolerance, accounts);
}

/** How many accounts are worked on at once: never more than may fail, and one. */
export function atOnce(preferences: OperationPreferences, accounts: number): number {
  const most = Math.max(1, of(preferences.concurrency, accounts));
  return Math.min(most, toleratedFailures(preferences, accounts) + 1);
}

/** CloudFormation rounds down. */
function of(amount: Amount, accounts: number): number {
  return 'count' in amount ? amount.count : Math.floor((amount.percentage * accounts) / 100);
}

function amount(count: Json | undefined, percentage: Json | undefined, fallback: number): Amount {
  if (count !== undefined) return { count: Number(count) };
  return percentage === undefined ? { count: fallback } : { percentage: Number(percentage) };
}
