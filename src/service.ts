import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { v4 as uuid4, v7 as uuid7 } from 'uuid';
import { makeOutgoing } from './aws/outgoing.js';
import { makeCertificates } from './aws/sns-certificates.js';
import { makeVerifySnsMessage } from './aws/sns-message.js';
import { makeConfirmSubscription } from './aws/sns-subscription.js';
import { makePutAnswer, responseUrl } from './aws/stack-answer.js';
import { makeEnterRole } from './aws/sts.js';
import type { Config } from './config.js';
import type { Client } from './core/client.js';
import type { Actor } from './core/event.js';
import { type ClientId, clientNotFound, parseClientId } from './core/id.js';
import type { Launch } from './core/launch.js';
import { isRegionOf } from './core/partition.js';
import { Problem } from './core/problem.js';
import { type Stack, stackKey } from './core/stack.js';
import { parseStackId } from './core/stack-id.js';
import type { PageToken } from './core/token.js';
import { makeWalk } from './due/walk.js';
import { type Draw, type Invitation, inviteClient } from './onboarding/invite-client.js';
import { launchLinks } from './onboarding/launch-links.js';
import { openLaunch, readLaunch } from './onboarding/open-launch.js';
import { receiveStackEvent } from './onboarding/receive-stack-event.js';
import { Stopping, settleStack } from './onboarding/settle-stack.js';
import type { ReadAround, Surroundings } from './onboarding/surroundings.js';
import { makeCommit } from './store/commit.js';
import { type Database, describeTable } from './store/dynamodb.js';
import { DUE_SHARDS } from './store/keys.js';
import { makeQueries } from './store/queries.js';
import { backoff as backoffTime } from './store/transient.js';
import { type Catalogue, templatePath } from './templates/catalogue.js';

export type Service = ReturnType<typeof makeService>;

const DAY = 24 * 60 * 60_000;

/** The composition root: adapters to use cases. */
export function makeService(
  config: Config,
  catalogue: Catalogue,
  database: Database,
  log: FastifyBaseLogger,
) {
  const { simulatorOrigin, trustedPrincipal } = config;
  const { partition } = trustedPrincipal;
  const now = () => Date.now();
  const draw: Draw = {
    uuid4: () => uuid4(),
    uuid7: () => uuid7(),
    bytes: randomBytes,
  };
  const queries = makeQueries(database);
  const listeners = new Set<(clientId: ClientId) => void>();
  const commit = makeCommit(database, (events) => {
    for (const { clientId } of events) for (const listener of listeners) listener(clientId);
  });
  const send = makeOutgoing(simulatorOrigin);

  const around: ReadAround = {
    client: queries.client,
    async everything(where) {
      const found = await queries.around({ ...where, partition: partition.id });
      const alone = found.client === null || found.client.status === 'invited';
      const others = alone ? [] : await queries.accountsOf(where.clientId);
      const counted = others.filter(({ accountId }) => accountId !== where.accountId);
      return { ...found, otherAccounts: counted.map(({ status }) => status) };
    },
  };

  const checkedResponseUrl = (text: string, stackIdText: string): URL | null => {
    const stackId = parseStackId(stackIdText);
    return stackId && responseUrl(text, stackId, simulatorOrigin);
  };

  const stopping = new AbortController();
  const backoff = (conflicts: number) => sleep(backoffTime(conflicts, Math.random(), 500));
  const settlePorts = {
    enterRole: makeEnterRole(),
    uuid: draw.uuid4,
    putAnswer: makePutAnswer(send),
    responseUrl: checkedResponseUrl,
    around,
    commit,
    now,
    backoff,
    sleep: (milliseconds: number) =>
      sleep(milliseconds, undefined, { signal: stopping.signal }).catch(() => {
        throw new Stopping();
      }),
    // Spread over a day's tenth, so that accounts connected together are not checked together for ever.
    nextVerification: () => now() + DAY * (0.95 + 0.1 * Math.random()),
  };

  const held = new Map<string, Promise<void>>();
  const settle = (stack: Stack, surroundings: Surroundings): void => {
    const name = nameOf(stack);
    const work = settleStack(settlePorts, stack, surroundings)
      .catch((error: unknown) =>
        log.error({ err: error, stackId: stack.stackId }, 'a stack was left for later'),
      )
      .finally(() => held.get(name) === work && held.delete(name));
    held.set(name, work);
  };

  const receivePorts = {
    verifySnsMessage: makeVerifySnsMessage({
      now,
      simulatorOrigin,
      certificate: makeCertificates({ send, now }),
    }),
    confirmSubscription: makeConfirmSubscription(send, simulatorOrigin),
    around,
    commit,
    backoff,
    now,
    providerAccountId: trustedPrincipal.account,
    partitionId: partition.id,
    responseUrl: checkedResponseUrl,
    settle,
  };

  const walk = makeWalk({
    shards: DUE_SHARDS,
    dueStacks: queries.dueStacks,
    commit,
    now,
    stopwatch: () => performance.now(),
    isHeldHere: (stack) => held.has(nameOf(stack)),
    settle: (stack) => settle(stack, null),
    failed: (error) => log.error({ err: error }, 'overdue work was not looked after'),
  });

  const launchView = (client: Client, launch: Launch, token: PageToken | null) => {
    const template = catalogue.template(client.profile, launch.callback);
    const templateUrl = `${config.templateBaseUrl}/${templatePath(template)}`;
    const settings = {
      publicUrl: config.publicUrl,
      partition,
      simulatorOrigin,
    };
    return {
      launch,
      templateUrl,
      links: token && launchLinks(settings, client, launch, token, templateUrl),
    };
  };

  const { client, accountsOf, stack } = queries;
  const launchPorts = { client, accountsOf, stack, commit, now };

  return {
    now,
    walk,
    launchView,
    operator: {
      name: config.operatorName,
      accountId: trustedPrincipal.account,
    },
    requestId: draw.uuid7,
    accountsOf: queries.accountsOf,
    openLaunch: (token: string) => openLaunch(launchPorts, token),
    readLaunch: (token: string) => readLaunch(launchPorts, token),
    receiveStackEvent: (token: string, body: string) => receiveStackEvent(receivePorts, token, body),
    template: (client: Client, launch: Launch) => catalogue.template(client.profile, launch.callback),
    profile: (client: Client) => catalogue.profiles.get(client.profile) ?? null,

    async inviteClient(invitation: Invitation, actor: Actor) {
      checkInvitation(invitation);
      const { client, launch, token } = await inviteClient({ commit, now, draw }, invitation, actor);
      return { client, view: launchView(client, launch, token) };
    },

    async readClient(idText: string) {
      const id = parseClientId(idText);
      const client = id && (await queries.client(id));
      if (client === null || client.removedAt !== null) throw clientNotFound(idText);
      const launch = client.launches.at(-1);
      return {
        client,
        view: launch === undefined ? null : launchView(client, launch, null),
      };
    },

    async eventsOf(idText: string, after: string | null, limit: number) {
      const id = parseClientId(idText);
      // A removed client's history stays readable, so its item being there is enough.
      if (id === null || (await queries.client(id)) === null) throw clientNotFound(idText);
      return queries.eventsOf(id, after, limit);
    },

    /** Calls back whenever something happened to a client on this instance. Returns what ends it. */
    onClientEvent(clientId: ClientId, listener: () => void): () => void {
      const own = (other: ClientId) => other === clientId && listener();
      listeners.add(own);
      return () => listeners.delete(own);
    },

    /** What is not as it should be; throws `unavailable` where the service cannot work at all. */
    async readiness(): Promise<string[]> {
      const status = await describeTable(database).catch((error: Error) => error.name);
      if (status !== 'ACTIVE')
        throw new Problem('unavailable', `The table ${database.tableName} is ${status}.`);
      const unproven = 'Probes are unproven: no control roles are configured.';
      return config.controlRoles === null ? [unproven] : [];
    },

    /** Puts down what waits, finishes what does not, and resolves once nothing is held any more. */
    async stop(): Promise<void> {
      stopping.abort();
      while (held.size > 0) await Promise.allSettled(held.values());
    },
  };

  function checkInvitation({ profile, region }: Invitation): void {
    if (!catalogue.profiles.has(profile))
      throw new Problem('profile-unknown', `There are: ${[...catalogue.profiles.keys()].join(', ')}.`, [
        { field: 'profile', message: 'is not a profile of this service' },
      ]);
    if (!isRegionOf(partition, region))
      throw new Problem('region-not-served', `This service serves the partition ${partition.id}.`, [
        { field: 'region', message: `is not a region of ${partition.id}` },
      ]);
  }
}

function nameOf(stack: Stack): string {
  return [stack.clientId, stack.accountId, stackKey(stack)].join('/');
}
