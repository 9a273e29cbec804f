import { randomBytes } from 'node:crypto';
import { v4 as uuid4, v7 as uuid7 } from 'uuid';
import { announce } from '../../src/core/announce-verification.js';
import type { Commit } from '../../src/core/change.js';
import { decideCheck } from '../../src/core/decide-check.js';
import { decideDelete } from '../../src/core/decide-delete.js';
import { decideDisconnection } from '../../src/core/decide-disconnection.js';
import { decideRegistration } from '../../src/core/decide-registration.js';
import { decideUnanswered } from '../../src/core/decide-unanswered.js';
import { decideVerdict } from '../../src/core/decide-verdict.js';
import { Problem } from '../../src/core/problem.js';
import { parseRoleArn } from '../../src/core/role-arn.js';
import { openRequest, type Stack } from '../../src/core/stack.js';
import { judge } from '../../src/core/verdict.js';
import { removeClient } from '../../src/keeping/remove-client.js';
import { beginRotation } from '../../src/keeping/rotate-external-id.js';
import { type Imported, importClients } from '../../src/onboarding/import-client.js';
import { inviteClient } from '../../src/onboarding/invite-client.js';
import type { MadeLaunch } from '../../src/onboarding/make-launch.js';
import { openLaunch } from '../../src/onboarding/open-launch.js';
import type { Database } from '../../src/store/dynamodb.js';
import { makeQueries } from '../../src/store/queries.js';
import {
  anEvent,
  aRequest,
  aStack,
  at,
  bad,
  good,
  must,
  provider,
  providerAccountId,
  verified,
} from '../core/things.js';
import type { Chance } from './chance.js';

const actor = { type: 'api-key', name: 'admin' } as const;
const draw = { uuid4: () => uuid4(), uuid7: () => uuid7(), bytes: randomBytes };
const HOUR = 3_600_000;

/** Nothing could be found out. */
const unknown = judge({
  expectedAccountId: '',
  attempts: 1,
  own: { outcome: 'inconclusive', error: 'Throttling' },
});

/** One client's doings as an instance sees them: the verbs and decisions of the service, in any order. */
export function makeLife(database: Database, commitAll: Commit, chance: Chance, now: () => number) {
  const commit: Commit = async (change) =>
    change.put.length === 0 ? { ok: true, written: [] } : commitAll(change);
  const queries = makeQueries(database);
  const clients: MadeLaunch[] = [];
  const stacks: Stack[] = [];
  /** Every account that anything was begun for. */
  const begun: { clientId: Stack['clientId']; accountId: string }[] = [];
  let accounts = 0;
  const around = async (clientId: Stack['clientId'], accountId: string) => {
    const found = await queries.around({ clientId, accountId, partition: 'aws' });
    const others = (await queries.accountsOf(clientId)).filter((one) => one.accountId !== accountId);
    return { ...found, otherAccounts: others.map(({ status }) => status), managementAccounts: [] };
  };
  const ports = {
    ...queries,
    ...{ commit, now, draw, tellAccess: () => [], allGroups: async () => [], random: () => 0 },
    ...{ backoff: async () => undefined, onCommit: () => () => undefined },
    around: {
      client: queries.client,
      everything: (where: { clientId: Stack['clientId']; accountId: string }) =>
        around(where.clientId, where.accountId),
    },
    ...{ providerAccountId, partitionId: 'aws' },
  };
  const roleOf = (accountId: string) => `arn:aws:iam::${accountId}:role/Client`;
  const aVerdict = () => chance.one([good, good, good, bad, unknown]) ?? good;
  const anAccountOf = async (place: number) => {
    const { client } = must(clients[place]);
    return chance.one(await queries.accountsOf(client.id));
  };
  const keep = (stack: Stack, written: Awaited<ReturnType<Commit>>) => {
    if (!written.ok) return;
    const next = written.written.find((one): one is Stack => one.kind === 'stack');
    stacks.splice(
      stacks.indexOf(stack),
      stacks.includes(stack) ? 1 : 0,
      ...(next === undefined ? [] : [next]),
    );
  };
  const check = async (clientId: Stack['clientId'], accountId: string): Promise<void> => {
    const found = await around(clientId, accountId);
    if (found.client === null || found.account === null) return;
    const failing = chance.number() < 0.5 ? { since: now() - HOUR, times: 3 } : found.account.failing;
    const checked = { ...found, account: { ...found.account, failing }, client: found.client };
    const decided = decideCheck({
      ...checked,
      verdict: aVerdict(),
      now: now(),
      standing: null,
      nextVerificationAt: now() + HOUR,
    });
    const done = await commit(decided);
    const isDegraded =
      done.ok && done.written.some((one) => one.kind === 'account' && one.status === 'degraded');
    // It is what the service looks at again, and what may recover.
    if (isDegraded && chance.number() < 0.8) await check(clientId, accountId);
  };

  const acts: Record<string, (place: number) => Promise<unknown>> = {
    async invite() {
      const wish = { reference: null, callback: 'sns', region: 'us-east-1', expectedAccountIds: [] } as const;
      const more = { profile: 'security-audit', maxAccounts: 3, allowSharedAccounts: false, metadata: {} };
      clients.push(await inviteClient(ports, { name: 'A client', ...wish, ...more }, actor));
    },
    open: (place) => openLaunch(ports, must(clients[place]).token),
    async import() {
      accounts += 1;
      const accountId = String(600_000_000_000 + accounts);
      const wish = { name: 'B', externalId: `ext-${uuid4()}`, roleArn: roleOf(accountId), reference: null };
      const by = { profiles: ['security-audit'], region: 'us-east-1', failed: () => undefined };
      const imports: Imported[] = [];
      const wishes = [{ ...wish, profile: 'security-audit', metadata: {} }];
      await importClients({ ...ports, ...by }, wishes, actor, async (_, run) => {
        await run((imported) => {
          imports.push(imported);
          return [];
        });
      });
      const [imported] = imports;
      if (imported === undefined) return;
      const { client } = imported;
      begun.push({ clientId: client.id, accountId });
      clients.push({ ...must(clients[0]), client });
    },
    async name(place) {
      const { client } = must(clients[place]);
      accounts += 1;
      const role = must(parseRoleArn(roleOf(String(700_000_000_000 + accounts))));
      begun.push({ clientId: client.id, accountId: role.account });
      const found = await around(client.id, role.account);
      if (found.client === null || found.client.removedAt !== null) return;
      const by = { peopleEnter: false, launch: null, until: now() + HOUR, actor, now: now() };
      const decided = decideRegistration(
        { role, ...by, providerAccountId, partitionId: 'aws' },
        found.client,
        found,
      );
      if (!('code' in decided)) await commit(decided);
    },
    async create(place) {
      const { client } = must(clients[place]);
      const [launch] = client.launches;
      if (launch === undefined) return;
      const known = await anAccountOf(place);
      accounts += 1;
      const accountId = chance.number() < 0.3 && known ? known.accountId : String(500_000_000_000 + accounts);
      begun.push({ clientId: client.id, accountId });
      const uuid = uuid4();
      const stackId = `arn:aws:cloudformation:us-east-1:${accountId}:stack/rolecall/${uuid}`;
      const sourceArn = `arn:aws:sns:us-east-1:${accountId}:${uuid}`;
      const request = aRequest({ id: uuid, roleArn: roleOf(accountId), receivedAt: now() - 2_000 });
      const of = { clientId: client.id, callbackTokenHash: launch.callbackTokenHash, requests: [request] };
      stacks.push(aStack({ rev: null, accountId, stackId, sourceArn, ...of }));
    },
    async announce() {
      const stack = chance.one(stacks);
      const request = stack && openRequest(stack);
      if (!stack || !request || request.answer !== null) return;
      keep(
        stack,
        await commit(
          announce({ ...(await around(stack.clientId, stack.accountId)), stack, request, now: now() }),
        ),
      );
    },
    async settle() {
      const stack = chance.one(stacks);
      const request = stack && openRequest(stack);
      if (!stack || !request) return;
      const found = await around(stack.clientId, stack.accountId);
      if (request.answer === null) {
        const decided = decideVerdict(
          verified({
            ...found,
            stack,
            request,
            verdict: aVerdict(),
            now: now(),
            nextVerificationAt: now() + HOUR,
          }),
        );
        return keep(stack, await commit(decided));
      }
      const outcome = chance.number() < 0.8 ? 'accepted' : 'too-late';
      keep(
        stack,
        await commit(decideUnanswered(found, stack, request, outcome, { complete: false, now: now() })),
      );
    },
    async giveUp() {
      const stack = chance.one(stacks);
      const request = stack && openRequest(stack);
      if (!stack || !request || request.answer !== null || stack.rev === null) return;
      const found = await around(stack.clientId, stack.accountId);
      keep(
        stack,
        await commit(decideUnanswered(found, stack, request, 'given-up', { complete: false, now: now() })),
      );
    },
    async delete() {
      const stack = chance.one(stacks);
      if (!stack) return;
      const words = {
        type: 'Delete',
        request: uuid4(),
        stackId: stack.stackId,
        sourceArn: stack.sourceArn,
      } as const;
      const found = { ...(await around(stack.clientId, stack.accountId)), stack };
      const when = at({ clientId: stack.clientId, callbackTokenHash: stack.callbackTokenHash, now: now() });
      keep(stack, await commit(decideDelete(anEvent(words), stack, found, when)));
    },
    async check() {
      const one = chance.one(begun);
      if (one !== undefined) await check(one.clientId, one.accountId);
    },
    async disconnect(place) {
      const account = await anAccountOf(place);
      if (account === undefined) return;
      const found = await around(account.clientId, account.accountId);
      if (found.client !== null && found.account !== null)
        await commit(decideDisconnection(found.account, found.client, found, { actor, now: now() }));
    },
    rotate: (place) => beginRotation({ ...ports, ...provider }, must(clients[place]).client.id, actor),
    async remove(place) {
      if (chance.number() < 0.3) await removeClient(ports, must(clients[place]).client.id, actor);
    },
  };
  const often = [
    'create',
    'create',
    'announce',
    'settle',
    'settle',
    'settle',
    'check',
    'check',
    'check',
    'check',
    'check',
    'invite',
  ];
  const names = [...Object.keys(acts), ...often];

  /** Does so many things, one after another; what another instance was quicker with, or cannot be, is left. */
  return async (count: number): Promise<void> => {
    await acts['invite']?.(0);
    for (let done = 0; done < count; done += 1) {
      const name = chance.one(names) ?? 'invite';
      await acts[name]?.(Math.floor(chance.number() * clients.length)).catch((error: unknown) => {
        if (!(error instanceof Problem)) throw error;
      });
    }
  };
}
