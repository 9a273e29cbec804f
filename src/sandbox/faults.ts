import { fits } from './policy/pattern.js';
import { validationError } from './wire/aws-error.js';
import { asList, isObject, type Json } from './wire/json.js';

/** What can be made to go wrong, by name. */
const faultNames = [
  'sts-throttle',
  'sts-outage',
  'sts-region-disabled',
  'rcp-deny',
  'provider-scp-deny',
  'scp-deny',
  'read-throttle',
  'sns-duplicate',
  'sns-reverse',
  'sns-drop',
  'lambda-forbidden',
  'answer-503',
  'dynamodb-conflict',
  'dynamodb-throttle',
  'dynamodb-outage',
  'dynamodb-away',
  'dynamodb-lost-reply',
] as const;

export type FaultName = (typeof faultNames)[number];

/** A fault that was asked for. Without limits it strikes every time until it is taken away. */
export interface Fault {
  readonly name: FaultName;
  /** Only requests that this account makes or receives. */
  readonly account?: string;
  /** For `scp-deny`: the actions that are forbidden, with wildcards as in a policy. */
  readonly actions?: readonly string[];
  /** How often it strikes. */
  readonly times?: number;
  /** How likely it strikes, from 0 to 1. */
  readonly rate?: number;
  /** How long it lasts. */
  readonly forMs?: number;
}

/** The faults in force. */
export class Faults {
  #active: { fault: Fault; left: number; until: number }[] = [];

  add(fault: Fault): void {
    const until = fault.forMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + fault.forMs;
    this.#active.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY, until });
  }

  clear(): void {
    this.#active = [];
  }

  list(): readonly Fault[] {
    return this.#active.filter((each) => each.left > 0 && each.until > Date.now()).map((each) => each.fault);
  }

  /** Whether a service control policy forbids an action in an account. It is a state and no event, so nothing is counted. */
  denies(account: string, action: string): boolean {
    return this.list().some(
      (fault) =>
        fault.name === 'scp-deny' &&
        (fault.account ?? account) === account &&
        fault.actions?.some((pattern) => fits(pattern, action, new Map(), 'action')),
    );
  }

  /** Whether a fault strikes now; a strike counts against its `times`. */
  strikes(name: FaultName, ...accounts: readonly string[]): boolean {
    const hit = this.#active.find(
      ({ fault, left, until }) =>
        fault.name === name &&
        left > 0 &&
        until > Date.now() &&
        (fault.account === undefined || accounts.includes(fault.account)) &&
        Math.random() < (fault.rate ?? 1),
    );
    if (hit === undefined) return false;
    hit.left -= 1;
    return true;
  }
}

/** Reads a fault that was asked for; throws on an unknown name, an unknown field or a bad number. */
export function parseFault(source: Json): Fault {
  if (!isObject(source)) throw validationError('a fault is an object');
  const { name, account, actions, times, rate, forMs, ...unknown } = source;
  const known = faultNames.find((each) => each === name);
  if (known === undefined) throw validationError(`name is one of ${faultNames.join(', ')}`);
  if (Object.keys(unknown).length > 0)
    throw validationError(`unknown field ${Object.keys(unknown).join(', ')}`);
  if (account !== undefined && typeof account !== 'string') throw validationError('account is a text');
  if ((actions === undefined) === (known === 'scp-deny')) {
    throw validationError('actions belong to scp-deny, which needs them');
  }
  const numbers = Object.entries({ times, rate, forMs }).map(([field, value]) => {
    if (value === undefined) return {};
    if (typeof value !== 'number' || !(value >= 0)) throw validationError(`${field} is a number from 0`);
    return { [field]: value };
  });
  const texts = {
    ...(account === undefined ? {} : { account }),
    ...(actions === undefined ? {} : { actions: asList(actions).map(String) }),
  };
  return Object.assign({ name: known, ...texts }, ...numbers);
}
