import { BlockList, isIP } from 'node:net';
import type { PolicyContext } from './context.js';
import { fill, fits } from './pattern.js';

/** Compares one value of the request with one of the policy; a negated operator wants no value to compare. */
export interface Operator {
  readonly negated: boolean;
  readonly compare: Compare;
}

type Compare = (actual: string, expected: string, context: PolicyContext) => boolean;

const equal: Compare = (actual, expected, context) => fill(expected, context) === actual;
const equalFolded: Compare = (actual, expected, context) =>
  fill(expected, context)?.toLowerCase() === actual.toLowerCase();
const like: Compare = (actual, expected, context) => fits(expected, actual, context);
const arnLike: Compare = (actual, expected, context) => fits(expected, actual, context, 'arn');
const bool: Compare = (actual, expected) => actual.toLowerCase() === expected.toLowerCase();

/** The condition operators by name, without `Null`, prefixes and `IfExists`. */
export const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['StringEquals', { negated: false, compare: equal }],
  ['StringNotEquals', { negated: true, compare: equal }],
  ['StringEqualsIgnoreCase', { negated: false, compare: equalFolded }],
  ['StringNotEqualsIgnoreCase', { negated: true, compare: equalFolded }],
  ['StringLike', { negated: false, compare: like }],
  ['StringNotLike', { negated: true, compare: like }],
  // AWS treats the two ARN comparisons alike: both know wildcards.
  ['ArnEquals', { negated: false, compare: arnLike }],
  ['ArnNotEquals', { negated: true, compare: arnLike }],
  ['ArnLike', { negated: false, compare: arnLike }],
  ['ArnNotLike', { negated: true, compare: arnLike }],
  ['Bool', { negated: false, compare: bool }],
  ...ordered('Numeric', Number),
  ...ordered('Date', toTime),
  ['IpAddress', { negated: false, compare: inRange }],
  ['NotIpAddress', { negated: true, compare: inRange }],
]);

function ordered(prefix: string, read: (text: string) => number): [string, Operator][] {
  const make = (negated: boolean, test: (a: number, b: number) => boolean): Operator => ({
    negated,
    compare: (actual, expected) => test(read(actual), read(expected)),
  });
  return [
    [`${prefix}Equals`, make(false, (a, b) => a === b)],
    [`${prefix}NotEquals`, make(true, (a, b) => a === b)],
    [`${prefix}LessThan`, make(false, (a, b) => a < b)],
    [`${prefix}LessThanEquals`, make(false, (a, b) => a <= b)],
    [`${prefix}GreaterThan`, make(false, (a, b) => a > b)],
    [`${prefix}GreaterThanEquals`, make(false, (a, b) => a >= b)],
  ];
}

/** A date is written in ISO 8601 or as seconds since 1970. */
function toTime(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

function inRange(actual: string, expected: string): boolean {
  const [address = '', bits] = expected.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(address) === 0 || isIP(actual) !== isIP(address)) return false;
  const range = new BlockList();
  range.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family);
  return range.check(actual, family);
}
