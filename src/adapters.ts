import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { v4 as uuid4, v7 as uuid7 } from 'uuid';
import { makeAskIdentity } from './aws/ask-identity.js';
import { makeProveFunctionCall } from './aws/function-call.js';
import { makeIssueSession } from './aws/issue-session.js';
import { makeCertificates } from './aws/sns-certificates.js';
import { makeVerifySnsMessage } from './aws/sns-message.js';
import { makeConfirmSubscription } from './aws/sns-subscription.js';
import { makePutAnswer, responseUrl } from './aws/stack-answer.js';
import { makeEnterRole, openSts } from './aws/sts.js';
import type { Config } from './config.js';
import type { NewEvent } from './core/event.js';
import type { ClientId } from './core/id.js';
import { besides } from './core/organization.js';
import { parseStackId } from './core/stack-id.js';
import { makeWatch } from './feed/watch.js';
import { makeControls } from './keeping/check-controls.js';
import { makeAskStanding } from './keeping/organization-members.js';
import { makeMetrics } from './metrics.js';
import { makeOutgoing } from './net/outgoing.js';
import type { Draw } from './onboarding/make-launch.js';
import type { ReadAround } from './onboarding/surroundings.js';
import { tellsAs } from './seeing/aws-call.js';
import { makeBudget } from './store/budget.js';
import { makeCommit } from './store/commit.js';
import { tellConsumedUnits } from './store/consumed-units.js';
import type { Database } from './store/dynamodb.js';
import { makeFeed } from './store/feed.js';
import { makeQueries } from './store/queries.js';
import { backoff } from './store/transient.js';
import type { Catalogue } from './templates/catalogue.js';
import { expectedPeople } from './templates/human-access.js';

export type Adapters = ReturnType<typeof makeAdapters>;

/** Everything that reaches outside: the clock, chance, the table and AWS. Opened once, shared by all use cases. */
export function makeAdapters(config: Config, catalogue: Catalogue, database: Database) {
  const { simulatorOrigin, trustedPrincipal } = config;
  const { partition } = trustedPrincipal;
  const now = () => Date.now();
  const draw: Draw = { uuid4: () => uuid4(), uuid7: () => uuid7(), bytes: randomBytes };
  const metrics = makeMetrics(now);
  tellConsumedUnits(database.client, metrics.units);
  const queries = makeQueries(database);
  const listeners = new Set<(events: readonly NewEvent[]) => void>([metrics.events]);
  const onCommit = (listener: (events: readonly NewEvent[]) => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const stopwatch = () => performance.now();
  const feed = makeFeed(database, { now, stopwatch, retention: config.keepEvents });
  const send = makeOutgoing(simulatorOrigin);
  const sts = openSts();
  const enterRole = makeEnterRole(sts);

  const around: ReadAround = {
    client: queries.client,
    async everything(where) {
      const found = await queries.around({ ...where, partition: partition.id });
      const alone = found.client === null || found.client.status === 'invited';
      const others = alone ? [] : await queries.accountsOf(where.clientId);
      const counted = others.filter(({ accountId }) => accountId !== where.accountId);
      return { ...found, ...besides(found.client, counted) };
    },
  };

  return {
    now,
    draw,
    metrics,
    ...metrics.notes,
    /** To addresses that came from outside. */
    send,
    queries,
    around,
    commit: makeCommit(
      database,
      (events) => {
        for (const listener of listeners) listener(events);
      },
      config.keepEvents,
    ),
    feed,
    /** Wakes all who wait for something in the feed, by one look. */
    beyond: makeWatch({ drawn: feed.drawn, onCommit, stopwatch }),
    stopwatch,
    /** Calls back whenever this instance has committed events. Returns what ends it. */
    onCommit,
    backoff: (conflicts: number) => sleep(backoff(conflicts, Math.random(), 500)),
    random: Math.random,
    uuid: draw.uuid4,
    enterRole,
    askIdentity: makeAskIdentity(sts),
    issueSession: makeIssueSession(sts),
    standing: makeAskStanding({ account: queries.account, enterRole, now }),
    controls: makeControls({ enterRole, uuid: draw.uuid4, now }, config.controlRoles),
    principalArn: trustedPrincipal.text,
    proofOf(profile: string) {
      const { prove = [], missing } = catalogue.profiles.get(profile) ?? {};
      return { actions: prove, refuse: missing === 'refuse' };
    },
    peopleOf(profile: string) {
      const access = catalogue.profiles.get(profile)?.humanAccess ?? null;
      return access && expectedPeople(access, trustedPrincipal);
    },
    /** What a profile calls the role by which people enter; null where they do not. */
    humanRoleName: (profile: string) => catalogue.profiles.get(profile)?.humanAccess?.roleName ?? null,
    verifySnsMessage: makeVerifySnsMessage({
      now,
      simulatorOrigin,
      versions: config.snsSignatureVersions,
      certificate: makeCertificates({ send, now, simulatorOrigin }),
    }),
    confirmSubscription: makeConfirmSubscription(
      tellsAs(['SNS', 'ConfirmSubscription'], send),
      simulatorOrigin,
    ),
    proveFunctionCall: makeProveFunctionCall({
      send: tellsAs(['STS', 'GetCallerIdentity'], send),
      ...{ now, simulatorOrigin },
    }),
    putAnswer: makePutAnswer(tellsAs(['CloudFormation', 'AnswerCustomResource'], send)),
    responseUrl(text: string, stackIdText: string): URL | null {
      const stackId = parseStackId(stackIdText);
      return stackId && responseUrl(text, stackId, simulatorOrigin);
    },
    allow: makeAllow(),
    budget: makeBudget(database, config.stsCallsPerSecond, now),
    providerAccountId: trustedPrincipal.account,
    partitionId: partition.id,
    // Spread over a tenth, so that accounts connected together are not checked together for ever.
    nextVerification: () => now() + config.verifyEvery * (0.95 + 0.1 * Math.random()),

    /** Calls back whenever something happened to a client on this instance. Returns what ends it. */
    onClientEvent(clientId: ClientId, listener: () => void): () => void {
      return onCommit((events) => {
        for (const event of events) if (event.clientId === clientId) listener();
      });
    },
  };
}

/**
 * What one sender may send within a minute. A `stack` is counted by its token and the topic or role that signed, so
 * that nobody but itself can use its share up; a `stranger` by the account that signed for a token that is none of
 * ours; a `call`, whose signature costs a call of STS, by a launch that is known.
 */
function makeAllow() {
  const limits = { stack: 60, stranger: 20, call: 300, verification: 10 } as const;
  const limiters = new Map(
    Object.entries(limits).map(([kind, points]) => [kind, new RateLimiterMemory({ points, duration: 60 })]),
  );
  return async (kind: keyof typeof limits, sender: string): Promise<boolean> => {
    const taken = await limiters
      .get(kind)
      ?.consume(sender)
      .catch(() => null);
    return taken !== null;
  };
}
