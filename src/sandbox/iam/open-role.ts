import type { Caller } from '../identity/caller.js';
import { malformedPolicy } from '../policy/malformed.js';
import { type Json, parseJson } from '../wire/json.js';
import type { QueryInput } from '../wire/query-input.js';
import { requirePermission, roleArnFor } from './permission.js';
import { getRole, type Role } from './role.js';

/** The role that a request names, if the caller may do this to it. Throws `AccessDenied` and `NoSuchEntity`. */
export function openRole(caller: Caller, input: QueryInput, action: string): Role {
  const name = input.required('RoleName');
  requirePermission(caller, action, roleArnFor(caller.account, name));
  return getRole(caller.account, name);
}

/** A policy document as IAM's answers carry it: percent-encoded. */
export function encodePolicy(source: Json): string {
  return encodeURIComponent(JSON.stringify(source));
}

/** Reads the text of a policy. Throws `MalformedPolicyDocument`. */
export function readPolicy(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    throw malformedPolicy('This policy contains invalid Json');
  }
}
