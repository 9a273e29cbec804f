import type { Logger } from 'pino';
import { makeAccessLink, openAccessLink } from './access/access-links.js';
import { readPolicies } from './access/all-groups.js';
import { changeGroup, presentGroup } from './access/change-group.js';
import type { WrittenGroup } from './access/check-wish.js';
import { configFile } from './access/config-file.js';
import { makeGroup } from './access/make-group.js';
import { type Access, readAccess } from './access/read-access.js';
import { removeGroup } from './access/remove-group.js';
import { makeSelectingGroups } from './access/selecting-groups.js';
import type { Adapters } from './adapters.js';
import type { Config } from './config.js';
import type { Actor } from './core/event.js';
import type { Expectation } from './core/expectation.js';
import type { Group } from './core/group.js';
import { parseGroupId } from './core/id.js';
import { Problem } from './core/problem.js';
import type { Remember } from './core/remembered-answer.js';
import { type Cursors, type PageQuery, sliceOf } from './lists/cursors.js';
import { makeClientLists } from './store/client-lists.js';
import type { Database } from './store/dynamodb.js';
import { makeGroupQueries } from './store/group-item.js';
import { makePeopleQueries } from './store/people-accounts.js';
import { makeSharedSecret } from './store/shared-secret.js';
import type { Catalogue } from './templates/catalogue.js';

/** The groups as they are stored, and those that take clients in by what they are at hand. */
export function openGroups(database: Database, log: Logger) {
  const queries = makeGroupQueries(database);
  const failed = (error: unknown) => log.error({ err: error }, 'the groups were not looked after');
  const { tell, refresh, reread } = makeSelectingGroups({ ...queries, failed });
  return { ...queries, tellAccess: tell, refreshGroups: refresh, reread };
}

interface Parts {
  readonly config: Config;
  readonly catalogue: Catalogue;
  readonly adapters: Adapters;
  readonly database: Database;
  readonly store: ReturnType<typeof openGroups>;
  readonly cursors: Cursors;
}

/** Auditors' groups put together: who is in them, which accounts they reach, and how their members get in. */
export function makeGroups({ config, catalogue, adapters, database, store, cursors }: Parts) {
  const { simulatorOrigin, centralAccountId } = config;
  const { partition } = config.trustedPrincipal;
  const ports = {
    ...adapters,
    ...makePeopleQueries(database),
    ...store,
    simulatorOrigin,
    clients: makeClientLists(database),
    profiles: new Set(catalogue.profiles.keys()),
    secret: makeSharedSecret(database, 'ACCESS_LINKS'),
  };

  return {
    makeGroup: (
      wish: Pick<WrittenGroup, 'name'> & Partial<WrittenGroup>,
      actor: Actor,
      remember: Remember<Group>,
    ) => makeGroup(ports, wish, actor, remember),
    readGroup: (idText: string) => presentGroup(ports, idText),
    changeGroup: (
      idText: string,
      changes: Partial<WrittenGroup>,
      actor: Actor,
      expects: Expectation<[Group]>,
    ) => changeGroup(ports, idText, changes, actor, expects),
    removeGroup: (idText: string, actor: Actor, expects: Expectation<[Group]>) =>
      removeGroup(ports, idText, actor, expects),
    /** Oldest first. */
    listGroups: (query: PageQuery) =>
      cursors.page({ list: 'groups', query: {} }, query, async (after, limit) => {
        const left = await store.groups(after === null ? null : parseGroupId(after), limit + 1);
        return sliceOf(left, ({ id }) => id, limit);
      }),

    groupPolicies: async (idText: string) => readPolicies(ports, await presentGroup(ports, idText)),
    centralAccountId,
    /** What the central account's stack is made from. */
    groupsPorts: ports,
    readAccess: (idText: string, user: string) => readAccess(ports, idText, user),
    makeAccessLink: (idText: string, user: string, lifetime: number) =>
      makeAccessLink(ports, idText, user, lifetime),
    openAccessLink: (token: string) => openAccessLink(ports, token),

    /** The same as an AWS config file. Throws `central-account-missing` where this deployment knows none. */
    configFile({ group, user, ...reach }: Access, sourceProfile: string): string {
      if (centralAccountId === null)
        throw new Problem(
          'central-account-missing',
          'CENTRAL_ACCOUNT_ID is not set, so that no MFA device can be named.',
        );
      return configFile(reach, { group, user, centralAccountId, partition, sourceProfile });
    },
  };
}
