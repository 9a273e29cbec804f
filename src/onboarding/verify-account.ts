import type { ExternalId } from '../core/external-id.js';
import { isWorthRetrying, judge, type Probe, type Verdict } from '../core/verdict.js';

/** Tries to enter a role. On success the caller's account can be asked for with the session's credentials. */
export type EnterRole = (attempt: {
  readonly roleArn: string;
  readonly externalId: string | null;
}) => Promise<Session | Exclude<Probe, { outcome: 'entered' }>>;

/** A session of the client's role, and what may be asked by it. Its credentials stay inside. */
export interface Session {
  readonly outcome: 'entered';
  /** Which account was really entered. */
  callerAccount(): Promise<Probe>;
  /** A stack's status as CloudFormation tells it; null where it does not tell. Deleted stacks have one, too. */
  stackStatus(stackId: string): Promise<string | null>;
}

export interface VerifyPorts {
  readonly enterRole: EnterRole;
  /** A fresh UUIDv4, for an external ID that nobody has. */
  readonly uuid: () => string;
}

export interface Subject {
  readonly accountId: string;
  readonly roleArn: string;
  /** As stored for the client, never as an event claims. */
  readonly externalId: ExternalId;
}

/** Waits between attempts while IAM propagates a new role, in milliseconds; the last one repeats. */
const WAITS = [1_000, 2_000, 3_000, 5_000, 8_000];

/**
 * Verifies that a role can be entered with the client's external ID, leads into the right account, and cannot
 * be entered without the ID or with another.
 *
 * The order is what makes it mean something: a denial proves that the ID is required only once the role is
 * known to be there. `pause` waits between attempts and says whether there is time and cause for another;
 * it hears of the verdict that stood so far. `once` makes one attempt. Returns the last verdict.
 */
export async function verifyAccount(
  ports: VerifyPorts,
  subject: Subject,
  pause: (soFar: Verdict, milliseconds: number) => Promise<boolean>,
  once = verifyOnce,
): Promise<Verdict> {
  for (let attempts = 1; ; attempts += 1) {
    const verdict = await once(ports, subject, attempts);
    if (!isWorthRetrying(verdict)) return verdict;
    const wait = WAITS[Math.min(attempts, WAITS.length) - 1] ?? 0;
    if (!(await pause(verdict, wait))) return verdict;
  }
}

/** One attempt, `attempts` being its number. */
export async function verifyOnce(
  { enterRole, uuid }: VerifyPorts,
  subject: Subject,
  attempts: number,
): Promise<Verdict> {
  const { roleArn, externalId, accountId: expectedAccountId } = subject;
  const entered = await enterRole({ roleArn, externalId });
  const own = entered.outcome === 'entered' ? await entered.callerAccount() : entered;
  // A session that does not work yet says as little as a role that is not there yet.
  if (own.outcome !== 'entered') return judge({ expectedAccountId, attempts, own });
  const [without, wrong] = await Promise.all([
    probe(enterRole, roleArn, null),
    probe(enterRole, roleArn, uuid()),
  ]);
  return judge({ expectedAccountId, attempts, own, without, wrong });
}

/** A probe that ought to be denied. Where it is not, its session is dropped unused. */
async function probe(enterRole: EnterRole, roleArn: string, externalId: string | null): Promise<Probe> {
  const answer = await enterRole({ roleArn, externalId });
  return answer.outcome === 'entered' ? { outcome: 'entered', accountId: '' } : answer;
}
