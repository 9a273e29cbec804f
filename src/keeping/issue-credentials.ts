import type { Account } from '../core/account.js';
import type { Commit } from '../core/change.js';
import type { Actor } from '../core/event.js';
import type { ExternalId } from '../core/external-id.js';
import { externalIdsFor } from '../core/external-ids.js';
import { type ClientId, clientNotFound } from '../core/id.js';
import { Problem } from '../core/problem.js';
import { faultOfSessionPolicy } from '../core/session-policy.js';
import { isBadProbe } from '../core/verdict.js';
import { Kept } from './kept.js';
import type { ClientWithAccount, ReadClientPorts } from './read-client.js';
import { makeSharedReading } from './shared-reading.js';
import { verifySoon } from './verify-soon.js';

/** What the platform asks for. */
export interface SessionWish {
  readonly durationSeconds: number;
  readonly sessionName: string;
  /** A JSON session policy, which narrows what the credentials may do. */
  readonly policy: string | null;
}

/** Credentials of a session, and the moment at which they end. They go to whoever asked, and nowhere else. */
export interface IssuedSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: number;
}

/** Enters a role and returns the session's credentials, or why there are none. Never throws what AWS said. */
export type IssueSession = (
  wish: SessionWish & {
    readonly roleArn: string;
    readonly externalId: ExternalId;
    readonly sourceIdentity: string | null;
  },
) => Promise<
  | { readonly outcome: 'issued'; readonly session: IssuedSession }
  | { readonly outcome: 'denied' }
  /** `message` is AWS's own word on the policy. */
  | { readonly outcome: 'policy-refused'; readonly message: string }
  | { readonly outcome: 'throttled' | 'unavailable' | 'refused'; readonly error: string }
>;

export interface IssuePorts {
  readonly clientWithAccount: ReadClientPorts['clientWithAccount'];
  readonly issueSession: IssueSession;
  readonly commit: Commit;
  readonly now: () => number;
}

export interface Where {
  readonly clientId: ClientId;
  readonly accountId: string;
}

export type Credentials = IssuedSession & { readonly roleArn: string; readonly accountId: string };

/** Source: STS API Reference, AssumeRole, `SourceIdentity`. */
const SOURCE_IDENTITY = /^[\w+=,.@-]{2,64}$/;
/** A session is handed out again for as long as this much of it is left, in milliseconds. */
const LEFT_AT_LEAST = 5 * 60_000;
const MOST_SESSIONS = 1_000;
/** How long it is remembered that a role takes no source identity: its trust policy may be updated. */
const REFUSAL_KEPT_FOR = 60 * 60_000;
const MOST_ROUNDS = 5;

/**
 * When the platform asks for credentials of a connected account: the role is entered with the client's external ID,
 * under the session name that was asked for, on behalf of the API key as source identity.
 *
 * Equal requests share a session until 5 minutes before its end. Whether the account is connected is read from the
 * table after everything else, so that no answer, be it from memory or one that waited for AWS, outlives a
 * disconnection. The event is in the feed before the credentials leave.
 *
 * Returns the verb, with its memory. It throws `not-found`, `account-not-connected`, `request-invalid`,
 * `account-not-enterable`, `session-policy-refused`, `aws-throttled`, `aws-unavailable` and `aws-refused`.
 */
export function makeIssueCredentials(ports: IssuePorts) {
  const sessions = new Kept<IssuedSession>(ports.now, MOST_SESSIONS);
  const withoutSourceIdentity = new Kept<true>(ports.now, MOST_SESSIONS);
  const together = makeSharedReading<ClientWithAccount>();

  return async (where: Where, wish: SessionWish, actor: Actor): Promise<Credentials> => {
    checkPolicy(wish.policy);
    let made: { readonly key: string; readonly session: IssuedSession } | null = null;
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const found = await together(`${where.clientId}/${where.accountId}`, () =>
        ports.clientWithAccount(where.clientId, where.accountId),
      );
      const { client, account } = connectedOf(found, where);
      const { roleArn, accountId } = account;
      const externalIds = externalIdsFor(client, account, ports.now());
      const key = keyOf(account, externalIds, wish, actor);
      const session: IssuedSession | null = made?.key === key ? made.session : sessions.get(key);
      if (session !== null) return { ...session, roleArn, accountId };
      const askedAt = ports.now();
      made = {
        key,
        session: await sessions.make(
          key,
          () => issue(ports, withoutSourceIdentity, { account, externalIds, wish, actor }),
          // By the nearer of the two clocks, AWS's and ours.
          ({ expiration }) => Math.min(expiration, askedAt + wish.durationSeconds * 1_000) - LEFT_AT_LEAST,
        ),
      };
    }
    throw new Problem('unavailable', 'The account met too many other changes.');
  };
}

/**
 * What a session may be shared by: everything that AWS or the client's CloudTrail can tell apart. A role that was
 * deleted and made again under its name ends its sessions, so the connection belongs to it, too.
 */
function keyOf(
  { clientId, accountId, roleArn, connectedAt, connectedBy }: Account,
  externalIds: readonly ExternalId[],
  { durationSeconds, sessionName, policy }: SessionWish,
  actor: Actor,
): string {
  const connection = [clientId, accountId, roleArn, connectedAt, connectedBy];
  const asker = [actor.type, 'name' in actor && actor.name, 'keyId' in actor && actor.keyId];
  return JSON.stringify([...connection, externalIds, durationSeconds, sessionName, policy, asker]);
}

function checkPolicy(policy: string | null): void {
  const message = policy === null ? null : faultOfSessionPolicy(policy);
  if (message !== null)
    throw new Problem('request-invalid', `policy ${message}.`, [{ field: 'policy', message }]);
}

function connectedOf({ client, account }: ClientWithAccount, { clientId, accountId }: Where) {
  if (client === null || client.removedAt !== null) throw clientNotFound(clientId);
  if (account === null) throw new Problem('not-found', `The client has no account ${accountId}.`);
  if (account.status !== 'connected')
    throw new Problem('account-not-connected', `Account ${accountId} is ${account.status}.`);
  // Somebody else got in at the last look; whether that counts is decided within half a minute.
  if (account.verdict !== null && isBadProbe(account.verdict))
    throw new Problem('account-not-connected', `Account ${accountId} is being verified again.`);
  return { client, account };
}

interface Request {
  readonly account: Account;
  readonly externalIds: readonly ExternalId[];
  readonly wish: SessionWish;
  readonly actor: Actor;
}

async function issue(
  ports: IssuePorts,
  withoutSourceIdentity: Kept<true>,
  { account, externalIds, wish, actor }: Request,
): Promise<IssuedSession> {
  const { clientId, accountId, roleArn } = account;
  const { durationSeconds, sessionName, policy } = wish;
  const identity = withoutSourceIdentity.get(roleArn) ? null : sourceIdentityOf(actor);
  // All IDs with the source identity first: most roles take one, and a denial does not say what it is for.
  for (const sourceIdentity of identity === null ? [null] : [identity, null])
    for (const externalId of externalIds) {
      const answer = await ports.issueSession({ ...wish, roleArn, externalId, sourceIdentity });
      if (answer.outcome === 'denied') continue;
      if (answer.outcome === 'policy-refused') throw new Problem('session-policy-refused', answer.message);
      if (answer.outcome !== 'issued')
        throw new Problem(`aws-${answer.outcome}`, `STS answered ${answer.error}.`);
      if (sourceIdentity !== identity)
        withoutSourceIdentity.keep(roleArn, true, ports.now() + REFUSAL_KEPT_FOR);
      const data = { roleArn, sessionName, durationSeconds, sourceIdentity, narrowed: policy !== null };
      const at = ports.now();
      await ports.commit({
        put: [],
        events: [{ type: 'credentials.issued', at, clientId, accountId, actor, data }],
      });
      return answer.session;
    }
  await verifySoon(ports, account);
  throw new Problem(
    'account-not-enterable',
    `AWS denied entry to the role of account ${accountId}. The account is being verified again.`,
  );
}

function sourceIdentityOf(actor: Actor): string | null {
  return 'name' in actor && SOURCE_IDENTITY.test(actor.name) ? actor.name : null;
}
