import { finding } from '../core/finding.js';
import { type ExpectedPeople, judgePeopleTrust } from '../core/people-trust.js';
import type { HumanRoleSeen, Probe, Reading } from '../core/verdict.js';

/** What is asked of a role by which people enter. */
export interface HumanRolePorts {
  /** The service's attempt to enter by it, which ought to be denied. */
  readonly probe: (externalId: string | null) => Promise<Probe>;
  /** Its trust policy, as the role that the service did enter may see it. */
  readonly trustPolicy: () => Promise<Reading<string>>;
}

/**
 * Looks at a role by which people enter: the service has no second factor, so with the client's external ID and without
 * it has to be denied. That proves that there is a lock; whom it lets in, its trust policy says. `people` is null where
 * the profile has none.
 */
export async function seeHumanRole(
  { probe, trustPolicy }: HumanRolePorts,
  externalId: string,
  people: ExpectedPeople | null,
  clientAccountId: string,
): Promise<HumanRoleSeen> {
  const [policy, ...probes] = await Promise.all([trustPolicy(), probe(null), probe(externalId)]);
  return { probes, trust: judged(policy, people, clientAccountId) };
}

function judged(
  policy: Reading<string>,
  people: ExpectedPeople | null,
  clientAccountId: string,
): HumanRoleSeen['trust'] {
  // A role that is not there lets nobody in; what is at fault is a name, and that cannot be read.
  if (policy.outcome === 'inconclusive' && policy.error === 'NoSuchEntityException')
    return { outcome: 'denied' };
  if (policy.outcome !== 'read') return policy;
  const findings =
    people === null
      ? [finding('people-not-expected')]
      : judgePeopleTrust(policy.value, people, clientAccountId);
  return { outcome: 'read', value: findings };
}
