import { attachPolicy, type PolicyHolder, putPolicy } from '../../iam/holder-policies.js';
import { managedPolicy } from '../../iam/managed-policies.js';
import type { Account } from '../../identity/account.js';
import { type PolicyDocument, parsePolicy } from '../../policy/document.js';
import type { JsonObject } from '../../wire/json.js';
import type { Properties } from '../properties.js';
import { requireCalls } from '../require-calls.js';
import type { ResourceWork } from '../resource-type.js';

/** The policies that a stack gives a group or a user: `Policies` and `ManagedPolicyArns`. */
export interface OwnPolicies {
  readonly inline: ReadonlyMap<string, PolicyDocument>;
  readonly attached: readonly string[];
}

/** Reads and checks them, before anything is touched. Throws IAM's errors. */
export function readOwnPolicies(account: Account, properties: Properties): OwnPolicies {
  const attached = properties.texts('ManagedPolicyArns');
  for (const arn of attached) managedPolicy(account, arn);
  const inline = properties
    .objects('Policies')
    .map((each): [string, PolicyDocument] => [
      String(each['PolicyName']),
      parsePolicy(each['PolicyDocument'] ?? null, 'identity'),
    ]);
  return { inline: new Map(inline), attached };
}

/** Throws `AccessDenied` unless the launcher may put them on a holder, or take them away. */
export function requireOwnPolicyCalls(
  work: ResourceWork,
  kind: 'User' | 'Group',
  verb: 'give' | 'take',
  arn: string,
  { inline, attached }: OwnPolicies,
): void {
  const [forInline, forAttached] = verb === 'give' ? ['Put', 'Attach'] : ['Delete', 'Detach'];
  if (inline.size > 0) requireCalls(work, [`iam:${forInline}${kind}Policy`], arn);
  for (const policy of attached) {
    requireCalls(work, [`iam:${forAttached}${kind}Policy`], arn, { 'iam:PolicyARN': policy });
  }
}

/** Puts them on a holder. Throws `LimitExceeded`. */
export function givePolicies(kind: 'User' | 'Group', holder: PolicyHolder, own: OwnPolicies): void {
  for (const [name, document] of own.inline) putPolicy(kind, holder, name, document);
  for (const arn of own.attached) attachPolicy(kind, holder, arn);
}

/** Takes away what a stack put on a holder, and leaves what others did. */
export function takePolicies(holder: PolicyHolder, own: OwnPolicies): void {
  for (const name of own.inline.keys()) holder.inlinePolicies.delete(name);
  for (const arn of own.attached) holder.attachedPolicies.delete(arn);
}

/** The policies that a holder has now, in the template's form. */
export function listOwnPolicies({ inlinePolicies, attachedPolicies }: PolicyHolder): JsonObject {
  return {
    ManagedPolicyArns: [...attachedPolicies],
    Policies: [...inlinePolicies].map(([PolicyName, { source }]) => ({ PolicyName, PolicyDocument: source })),
  };
}
