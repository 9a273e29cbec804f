import { isObject, type Json, type JsonObject, parseJson } from '../wire/json.js';
import { invalidParameter } from './topic.js';

/** How often, and after what pauses, a message is tried again: the `healthyRetryPolicy`, in seconds. */
export interface DeliveryPolicy {
  readonly minDelayTarget: number;
  readonly maxDelayTarget: number;
  readonly numRetries: number;
  readonly numNoDelayRetries: number;
  readonly numMinDelayRetries: number;
  readonly numMaxDelayRetries: number;
  readonly backoffFunction: 'linear' | 'arithmetic' | 'geometric' | 'exponential';
}

/** What holds where nobody set a policy: three retries, 20 s apart. */
export const defaultDeliveryPolicy: DeliveryPolicy = {
  minDelayTarget: 20,
  maxDelayTarget: 20,
  numRetries: 3,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  numMaxDelayRetries: 0,
  backoffFunction: 'linear',
};

/** Reads a subscription's DeliveryPolicy attribute, as text or as an object. Throws `InvalidParameter`. */
export function parseDeliveryPolicy(source: Json | undefined): DeliveryPolicy | undefined {
  if (source === undefined || source === '') return undefined;
  const policy = typeof source === 'string' ? readJson(source) : source;
  const given = isObject(policy) ? (policy['healthyRetryPolicy'] ?? undefined) : undefined;
  if (given === undefined) return undefined;
  if (!isObject(given)) throw invalidParameter('DeliveryPolicy: healthyRetryPolicy');
  const number = (name: string, fallback: number, max: number): number =>
    readNumber(given, name, fallback, max);
  const parsed = {
    minDelayTarget: number('minDelayTarget', 20, 3600),
    maxDelayTarget: number('maxDelayTarget', 20, 3600),
    numRetries: number('numRetries', 3, 100),
    numNoDelayRetries: number('numNoDelayRetries', 0, 100),
    numMinDelayRetries: number('numMinDelayRetries', 0, 100),
    numMaxDelayRetries: number('numMaxDelayRetries', 0, 100),
    backoffFunction: readFunction(given['backoffFunction']),
  };
  const named = parsed.numNoDelayRetries + parsed.numMinDelayRetries + parsed.numMaxDelayRetries;
  if (named > parsed.numRetries)
    throw invalidParameter('DeliveryPolicy: numRetries must be at least the sum of the phases');
  if (parsed.minDelayTarget < 1) throw invalidParameter('DeliveryPolicy: minDelayTarget must be at least 1');
  if (parsed.maxDelayTarget < parsed.minDelayTarget)
    throw invalidParameter('DeliveryPolicy: maxDelayTarget must be at least minDelayTarget');
  return parsed;
}

/** The pauses before each retry, in seconds: at once, at the minimum, backing off, at the maximum. */
export function retryPauses(policy: DeliveryPolicy): number[] {
  const { minDelayTarget: min, maxDelayTarget: max } = policy;
  const backing =
    policy.numRetries - policy.numNoDelayRetries - policy.numMinDelayRetries - policy.numMaxDelayRetries;
  const steps = Array.from({ length: backing }, (_, step) => {
    const share = backing === 1 ? 0 : step / (backing - 1);
    return min + (max - min) * curve(policy.backoffFunction, share);
  });
  return [
    ...new Array<number>(policy.numNoDelayRetries).fill(0),
    ...new Array<number>(policy.numMinDelayRetries).fill(min),
    ...steps,
    ...new Array<number>(policy.numMaxDelayRetries).fill(max),
  ];
}

/** AWS draws these curves and gives no formula; all go from the minimum to the maximum, the later ones steeper. */
function curve(name: DeliveryPolicy['backoffFunction'], share: number): number {
  switch (name) {
    case 'linear':
      return share;
    case 'arithmetic':
      return share ** 1.5;
    case 'geometric':
      return share ** 2;
    case 'exponential':
      return share ** 3;
  }
}

function readNumber(source: JsonObject, name: string, fallback: number, max: number): number {
  const value = Number(source[name] ?? fallback);
  if (!Number.isInteger(value) || value < 0 || value > max) throw invalidParameter(`DeliveryPolicy: ${name}`);
  return value;
}

function readFunction(value: Json | undefined): DeliveryPolicy['backoffFunction'] {
  if (value === undefined) return 'linear';
  if (value === 'linear' || value === 'arithmetic' || value === 'geometric' || value === 'exponential')
    return value;
  throw invalidParameter('DeliveryPolicy: backoffFunction');
}

function readJson(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    throw invalidParameter('DeliveryPolicy: not JSON');
  }
}
