import type { Caller } from '../identity/caller.js';
import { type PolicyDocument, parsePolicy } from '../policy/document.js';
import { AwsError } from '../wire/aws-error.js';
import type { QueryAction } from '../wire/query.js';
import type { QueryInput } from '../wire/query-input.js';
import { managedPolicy } from './managed-policies.js';
import { encodePolicy, readPolicy } from './open-role.js';
import { page } from './page.js';
import { checkQuota, limitExceeded } from './quota.js';

/** What policies can be put on and attached to: a role, a user, a group. */
export interface PolicyHolder {
  readonly name: string;
  readonly inlinePolicies: Map<string, PolicyDocument>;
  readonly attachedPolicies: Set<string>;
}

/** Finds the holder that a request names, if the caller may do this to it. Throws IAM's errors. */
type Open = (caller: Caller, input: QueryInput, action: string) => PolicyHolder;

/** How many characters the inline policies of one holder have at most together, white space aside. */
const inlineRoom = { Role: 10_240, User: 2048, Group: 5120 } as const;

/** The operations of IAM on the policies of roles, of users, or of groups: the same ones under other names. */
export function holderPolicyActions(
  kind: 'Role' | 'User' | 'Group',
  open: Open,
): Readonly<Record<string, QueryAction>> {
  const noPolicy = (name: string): AwsError => {
    const message = `The ${kind.toLowerCase()} policy with name ${name} cannot be found.`;
    return new AwsError('NoSuchEntity', message, 404);
  };
  return {
    [`Get${kind}Policy`]: (_world, caller, input) => {
      const holder = open(caller, input, `iam:Get${kind}Policy`);
      const name = input.required('PolicyName');
      const document = holder.inlinePolicies.get(name);
      if (document === undefined) throw noPolicy(name);
      return {
        [`${kind}Name`]: holder.name,
        PolicyName: name,
        PolicyDocument: encodePolicy(document.source),
      };
    },
    [`List${kind}Policies`]: (_world, caller, input) => {
      const holder = open(caller, input, `iam:List${kind}Policies`);
      return page(input, 'PolicyNames', [...holder.inlinePolicies.keys()], (name) => name);
    },
    [`ListAttached${kind}Policies`]: (_world, caller, input) => {
      const holder = open(caller, input, `iam:ListAttached${kind}Policies`);
      return page(input, 'AttachedPolicies', [...holder.attachedPolicies], (arn) => ({
        PolicyName: arn.slice(arn.lastIndexOf('/') + 1),
        PolicyArn: arn,
      }));
    },
    [`Put${kind}Policy`]: (_world, caller, input) => {
      const holder = open(caller, input, `iam:Put${kind}Policy`);
      const name = input.required('PolicyName');
      const document = parsePolicy(readPolicy(input.required('PolicyDocument')), 'identity');
      putPolicy(kind, holder, name, document);
      return {};
    },
    [`Delete${kind}Policy`]: (_world, caller, input) => {
      const holder = open(caller, input, `iam:Delete${kind}Policy`);
      const name = input.required('PolicyName');
      if (!holder.inlinePolicies.delete(name)) throw noPolicy(name);
      return {};
    },
    [`Attach${kind}Policy`]: (_world, caller, input) => {
      const holder = open(caller, input, `iam:Attach${kind}Policy`);
      const arn = input.required('PolicyArn');
      managedPolicy(caller.account, arn);
      attachPolicy(kind, holder, arn);
      return {};
    },
    [`Detach${kind}Policy`]: (_world, caller, input) => {
      const holder = open(caller, input, `iam:Detach${kind}Policy`);
      const arn = input.required('PolicyArn');
      if (!holder.attachedPolicies.delete(arn)) {
        throw new AwsError('NoSuchEntity', `Policy ${arn} was not found.`, 404);
      }
      return {};
    },
  };
}

/** Attaches a policy that is known to exist. Throws `LimitExceeded`; the quota of roles is one that AWS raises. */
export function attachPolicy(
  kind: 'Role' | 'User' | 'Group',
  { attachedPolicies }: Pick<PolicyHolder, 'attachedPolicies'>,
  arn: string,
): void {
  if (attachedPolicies.has(arn)) return;
  if (kind !== 'Role') checkQuota(`PoliciesPer${kind}`, attachedPolicies.size + 1);
  attachedPolicies.add(arn);
}

/** Puts an inline policy on a holder, in the place of one that has the name. Throws `LimitExceeded`. */
export function putPolicy(
  kind: 'Role' | 'User' | 'Group',
  holder: PolicyHolder,
  name: string,
  document: PolicyDocument,
): void {
  checkRoom(kind, holder, name, document);
  holder.inlinePolicies.set(name, document);
}

function checkRoom(
  kind: keyof typeof inlineRoom,
  { name, inlinePolicies }: PolicyHolder,
  policyName: string,
  document: PolicyDocument,
): void {
  const all = new Map([...inlinePolicies, [policyName, document]]);
  const size = [...all.values()]
    .map(({ source }) => JSON.stringify(source).replace(/\s/g, '').length)
    .reduce((sum, each) => sum + each, 0);
  if (size <= inlineRoom[kind]) return;
  throw limitExceeded(
    `Maximum policy size of ${inlineRoom[kind]} bytes exceeded for ${kind.toLowerCase()} ${name}`,
  );
}
