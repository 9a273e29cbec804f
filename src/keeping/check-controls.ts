import type { EnterRole } from '../onboarding/verify-account.js';

/** Two roles of the provider's own, without permissions: one asks for an external ID, one lets the service in anyhow. */
export interface ControlRoles {
  readonly strict: string;
  readonly open: string;
  readonly externalId: string;
}

export interface ControlPorts {
  readonly enterRole: EnterRole;
  readonly uuid: () => string;
  readonly now: () => number;
}

/** How long what was found counts, in milliseconds. */
const KEPT_FOR = 5 * 60_000;
/** After a failure it is looked at again sooner: everything waits for it. */
const FAILED_FOR = 5_000;

/**
 * Proves that the probes can see. AssumeRole is denied without a reason: a policy of our own (or of our organization)
 * that denies the call looks like a client's role that asks for its ID. So the strict role has to let us in by its
 * ID, and the open one without an ID and with a wrong one; while they do not, no verdict counts.
 *
 * Returns a function that says what is wrong, or null; what it found stands for five minutes.
 */
export function makeControls(ports: ControlPorts, roles: ControlRoles | null): () => Promise<string | null> {
  let standing: { readonly fault: Promise<string | null>; until: number } | null = null;

  const look = async (): Promise<string | null> => {
    if (roles === null) return null;
    const { strict, open, externalId } = roles;
    const probes = [
      ['the strict control role with its external ID', strict, externalId],
      ['the open control role without an external ID', open, null],
      ['the open control role with a wrong external ID', open, ports.uuid()],
    ] as const;
    const faults = await Promise.all(
      probes.map(async ([what, roleArn, id]) => {
        const { outcome } = await ports.enterRole({ roleArn, externalId: id });
        return outcome === 'entered' ? null : `${what} could not be entered (${outcome})`;
      }),
    );
    return faults.find((fault) => fault !== null) ?? null;
  };

  return () => {
    if (standing !== null && standing.until > ports.now()) return standing.fault;
    const fresh = { fault: look(), until: ports.now() + KEPT_FOR };
    standing = fresh;
    const shorten = () => {
      fresh.until = ports.now() + FAILED_FOR;
    };
    fresh.fault.then((fault) => fault !== null && shorten(), shorten);
    return fresh.fault;
  };
}
