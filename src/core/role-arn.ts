import { type Arn, parseArn } from './arn.js';

/** The ARN of an IAM role, taken apart; `path` begins and ends with a slash. */
export interface RoleArn extends Arn {
  readonly path: string;
  readonly name: string;
  readonly text: string;
}

const RESOURCE = /^role(\/(?:[\x21-\x2e\x30-\x7e]+\/)*)([\w+=,.@-]{1,64})$/;

/**
 * Reads the ARN of an IAM role. Users, assumed-role sessions, wildcards, control characters, empty or `..`
 * path segments, names over 64 and paths over 512 characters give null.
 * Source: IAM API Reference, Role: `arn` 20 to 2048 characters, `path` 512, `roleName` 64 of `[\w+=,.@-]`.
 */
export function parseRoleArn(text: string): RoleArn | null {
  if (text.includes('*') || text.includes('?')) return null;
  const arn = parseArn(text);
  if (arn === null || arn.service !== 'iam' || arn.region !== '' || arn.account === '') return null;
  const match = RESOURCE.exec(arn.resource);
  if (match === null) return null;
  const [, path = '/', name = ''] = match;
  const segments = [...path.split('/'), name];
  if (path.length > 512 || segments.some((segment) => segment === '.' || segment === '..')) return null;
  return { ...arn, path, name, text };
}

/** Whether a text is the ARN of another role of the same account and partition. */
export function isBeside(text: string, role: RoleArn): boolean {
  const other = parseRoleArn(text);
  if (other === null || other.account !== role.account || other.partition.id !== role.partition.id)
    return false;
  // Names of roles are unique in an account, without regard to case and path.
  return other.name.toLowerCase() !== role.name.toLowerCase();
}
