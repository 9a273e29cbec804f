import type { Logger } from 'pino';
import { makeAdapters } from './adapters.js';
import { makeApiKeys } from './api-keys.js';
import { makeBackground } from './background.js';
import { makeCallbacks } from './callbacks.js';
import { makeCentralStack } from './central-stack.js';
import type { Config } from './config.js';
import type { Account } from './core/account.js';
import type { Client } from './core/client.js';
import type { Actor } from './core/event.js';
import type { Expectation } from './core/expectation.js';
import { knownId } from './core/id.js';
import type { Launch } from './core/launch.js';
import type { Remember } from './core/remembered-answer.js';
import { makeGroups, openGroups } from './groups.js';
import { makeImports } from './imports.js';
import { disconnectAccount } from './keeping/disconnect-account.js';
import { makeIssueCredentials, type SessionWish } from './keeping/issue-credentials.js';
import { makeReadClient } from './keeping/read-client.js';
import { removeClient } from './keeping/remove-client.js';
import { beginRotation, cancelRotation, completeRotation } from './keeping/rotate-external-id.js';
import {
  openRotationPage,
  type ShownRotation,
  shownRotation,
  showRotation,
} from './keeping/show-rotation.js';
import { type ClientChanges, updateClient } from './keeping/update-client.js';
import { verifyNow } from './keeping/verify-now.js';
import { type PageQuery, wholeList } from './lists/cursors.js';
import { makeLists } from './lists.js';
import { makeTellEvents } from './logs/tell-events.js';
import { checkInvitation, checkLaunch } from './onboarding/check-invitation.js';
import { type Invitation, inviteClient } from './onboarding/invite-client.js';
import { type AskedLaunch, type MadeLaunch, makeLaunch, revokeLaunch } from './onboarding/make-launch.js';
import { type Claim, nameAccount } from './onboarding/name-account.js';
import { openLaunch, readLaunch } from './onboarding/open-launch.js';
import { type Registered, type RegisterPorts, registerRole, triedUntil } from './onboarding/register-role.js';
import { makeOverview } from './overview.js';
import { makeReadiness } from './readiness.js';
import { makeAnswerOnce, makeRecall } from './repeats/answer-once.js';
import { makeReadAnswer } from './store/answer-item.js';
import type { Database } from './store/dynamodb.js';
import type { Catalogue } from './templates/catalogue.js';
import { untraced } from './traces/traces.js';
import { makeViews } from './views.js';
import { makeWebhooks } from './webhooks.js';

export type Service = ReturnType<typeof makeService>;

/** The role by which the service enters, and that by which people do; undefined says nothing of it. */
interface NamedRoles {
  readonly roleArn: string;
  readonly humanRoleArn?: string | null;
}

/** The composition root: adapters to use cases to routes. */
export function makeService(
  config: Config,
  catalogue: Catalogue,
  database: Database,
  log: Logger,
  traces = untraced,
) {
  const { simulatorOrigin, trustedPrincipal } = config;
  const { partition } = trustedPrincipal;
  const adapters = makeAdapters(config, catalogue, database);
  const { queries, commit, now, draw } = adapters;
  if (log.isLevelEnabled('info')) adapters.onCommit(makeTellEvents(log));
  const groups = openGroups(database, log);
  const { tellAccess } = groups;
  const { cursors, ...lists } = makeLists(config, adapters, database);
  const parts = { config, adapters, database, cursors };
  const webhooks = makeWebhooks({ ...parts, log, traces });
  const { groupsPorts, ...access } = makeGroups({ ...parts, catalogue, store: groups });
  const centralStack = makeCentralStack({ ...parts, groups: groupsPorts, log });
  const { look, readOverview } = makeOverview(adapters, database, log);
  const walks = [groups.refreshGroups, webhooks.look, centralStack.look, look];
  const background = makeBackground(adapters, log, config, walks, traces);
  const registerPorts = (requestId: string | undefined): RegisterPorts => ({
    ...adapters,
    check: (account) => background.check(account, requestId),
  });

  const views = makeViews(config, catalogue);
  const offer = { partition, profiles: catalogue.profiles };
  const launchPorts = { ...queries, commit, now };
  const clientPorts = { ...adapters, client: queries.client };
  const rotatePorts = { ...queries, ...adapters, publicUrl: config.publicUrl, simulatorOrigin };
  const { readClient, readAccount } = makeReadClient(queries);
  const issueCredentials = makeIssueCredentials({ ...adapters, ...queries });

  return {
    now,
    ...views,
    ...lists,
    ...makeApiKeys({ ...parts, log }),
    ...webhooks.api,
    readOverview,
    readClient,
    readAccount,
    ...access,
    ...centralStack.api,
    ...makeCallbacks(adapters, background),
    ...makeImports(config, catalogue, { ...adapters, tellAccess }, log),
    listProfiles: (query: PageQuery) =>
      cursors.page(
        { list: 'profiles', query: {} },
        query,
        wholeList(views.profiles(), ({ profile }) => profile.name),
      ),
    start: background.start,
    stop: async () => {
      await Promise.all([background.stop(), webhooks.letGo()]);
    },
    onClientEvent: adapters.onClientEvent,
    partition,
    operator: {
      ...config.operator,
      accountId: trustedPrincipal.account,
    },
    requestId: draw.uuid7,
    readiness: makeReadiness({ config, catalogue, adapters, database, suspicion: background.suspicion }),
    readMetrics: adapters.metrics.read,
    metricsType: adapters.metrics.type,
    requestAnswered: adapters.metrics.request,
    answerOnce: makeAnswerOnce({ now, draw, remembered: makeReadAnswer(database) }),
    recall: makeRecall({ now, remembered: makeReadAnswer(database) }),
    accountsOf: queries.accountsOf,
    openLaunch: (token: string) => openLaunch(launchPorts, token),
    readLaunch: (token: string) => readLaunch(launchPorts, token),
    nameAccount: (token: string, claim: Claim, requestId: string) =>
      nameAccount({ ...adapters, ...launchPorts, ...registerPorts(requestId) }, token, claim),

    async inviteClient(invitation: Invitation, actor: Actor, remember: Remember<MadeLaunch>) {
      checkInvitation(offer, invitation);
      await inviteClient({ commit, now, draw, tellAccess }, invitation, actor, remember);
    },

    async makeLaunch(idText: string, asked: AskedLaunch, actor: Actor, remember: Remember<MadeLaunch>) {
      checkLaunch(offer, asked);
      await makeLaunch(clientPorts, knownId(idText), asked, actor, remember);
    },

    revokeLaunch: (idText: string, launch: string, actor: Actor, expects: Expectation<[Client, Launch]>) =>
      revokeLaunch(clientPorts, knownId(idText), launch, actor, expects),
    updateClient: (idText: string, changes: ClientChanges, actor: Actor, expects: Expectation<[Client]>) =>
      updateClient({ ...clientPorts, tellAccess }, knownId(idText), changes, actor, expects),
    removeClient: (idText: string, actor: Actor, expects: Expectation<[Client]>) =>
      removeClient({ ...queries, ...adapters, ...groups }, knownId(idText), actor, expects),

    beginRotation: (idText: string, actor: Actor, remember: Remember<ShownRotation>) =>
      beginRotation(rotatePorts, knownId(idText), actor, (begun) =>
        remember(shownRotation(rotatePorts, begun, begun.token)),
      ),
    readRotation: (idText: string) => showRotation(rotatePorts, knownId(idText)),
    cancelRotation: (idText: string, actor: Actor) => cancelRotation(rotatePorts, knownId(idText), actor),
    openRotationPage: (token: string) => openRotationPage(rotatePorts, token),

    verifyNow(idText: string, accountId: string, requestId: string) {
      const read = async () => (await readAccount(idText, accountId)).account;
      const check = (account: Account) => background.checkNow(account, requestId);
      return verifyNow({ allow: adapters.allow, read, check });
    },

    async disconnectAccount(idText: string, accountId: string, actor: Actor) {
      const { client } = await readClient(idText);
      await disconnectAccount(adapters, { clientId: client.id, accountId }, actor);
      // It may have been the last that had not gone over to the new external ID.
      if (client.rotation !== null) await completeRotation(rotatePorts, client.id);
    },

    async issueCredentials(idText: string, accountId: string, wish: SessionWish, actor: Actor) {
      return issueCredentials({ clientId: knownId(idText), accountId }, wish, actor);
    },

    /** The platform names a role; it is tried until the client's open link without a callback runs out. */
    async registerRole(idText: string, named: NamedRoles, actor: Actor, remember: Remember<Registered>) {
      const { client } = await readClient(idText);
      const until = triedUntil(client, now());
      const by = { launch: null, humanRoleArn: named.humanRoleArn, until, actor };
      const ports = registerPorts('requestId' in actor ? actor.requestId : undefined);
      await registerRole(ports, client.id, named.roleArn, by, remember);
    },
  };
}
