import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { AllGroupsPorts } from './access/all-groups.js';
import {
  type DeploymentPorts,
  executeDeployment,
  presentDeployment,
} from './access/central-stack/execute-deployment.js';
import { keepCentralStack } from './access/central-stack/keep-central-stack.js';
import { planDeployment } from './access/central-stack/plan-deployment.js';
import { checkDrift, readCentralStack } from './access/central-stack/read-central-stack.js';
import type { Adapters } from './adapters.js';
import { openCentralAccount } from './aws/central-account.js';
import { openSts } from './aws/sts.js';
import type { Config } from './config.js';
import type { Deployment } from './core/deployment.js';
import { parseDeploymentId } from './core/id.js';
import { Problem } from './core/problem.js';
import type { Remember } from './core/remembered-answer.js';
import { type Cursors, type PageQuery, sliceOf } from './lists/cursors.js';
import { makeDeploymentQueries } from './store/deployment-item.js';
import type { Database } from './store/dynamodb.js';

interface Parts {
  readonly config: Config;
  readonly adapters: Adapters;
  readonly database: Database;
  readonly groups: AllGroupsPorts;
  readonly cursors: Cursors;
  readonly log: Logger;
}

/** How often the stack is looked after while nothing is under way, in milliseconds; else at each walk. */
const IDLE_LOOKS_EVERY = 15_000;

/** The central account's stack put together: planned, carried out, followed to its end, compared. */
export function makeCentralStack({ config, adapters, database, groups, cursors, log }: Parts) {
  const { centralStack, simulatorOrigin } = config;
  const { partition } = config.trustedPrincipal;
  const { deployments, ...stored } = makeDeploymentQueries(database);

  const fault = faultOf(config);
  const ports: DeploymentPorts = {
    ...adapters,
    ...groups,
    ...stored,
    partition,
    central: openCentralAccount(openSts(), { ...centralStack, partition, simulatorOrigin }),
    pause: (milliseconds) => sleep(milliseconds),
  };
  const known =
    <Args extends unknown[], Result>(act: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      if (fault !== null) throw new Problem('central-account-missing', fault);
      return act(...args);
    };

  let lookAt = 0;
  let followed = false;
  /** One look after the stack, where there is a central account and it is time; errors are logged. */
  const look = async (): Promise<void> => {
    if (fault !== null || adapters.now() < lookAt) return;
    try {
      const { drawn } = adapters.feed;
      const { underWay } = await keepCentralStack({ ...ports, drawn, auto: centralStack.auto });
      lookAt = adapters.now() + (underWay ? 0 : IDLE_LOOKS_EVERY);
      if (underWay && !followed) log.info('a deployment of the central stack is followed');
      followed = underWay;
    } catch (error) {
      log.error({ err: error }, 'the central stack was not looked after');
      lookAt = adapters.now() + IDLE_LOOKS_EVERY;
    }
  };

  const api = {
    planDeployment: known((remember: Remember<Deployment>) => planDeployment(ports, remember)),
    executeDeployment: known(async (idText: string, remember: Remember<Deployment>) => {
      await executeDeployment(ports, idText, remember);
      lookAt = 0;
    }),
    readDeployment: known((idText: string) => presentDeployment(ports, idText)),
    /** The latest first. */
    listDeployments: (query: PageQuery) =>
      cursors.page({ list: 'deployments', query: {} }, query, async (after, limit) => {
        const left = await deployments(after === null ? null : parseDeploymentId(after), limit + 1);
        return sliceOf(left, ({ id }) => id, limit);
      }),
    readCentralStack: known(() => readCentralStack(ports)),
    checkDrift: known(() => checkDrift(ports)),
  };
  return { api, look };
}

/** Why there is no account to deploy to; null where there is. */
function faultOf({ centralAccountId, centralStack, trustedPrincipal }: Config): string | null {
  if (centralAccountId === null) return 'CENTRAL_ACCOUNT_ID is not set.';
  // By its own rights the service would deploy to its own account, whatever the central one is.
  if (centralStack.roleArn !== null || centralAccountId === trustedPrincipal.account) return null;
  return 'CENTRAL_STACK_ROLE_ARN is not set, and this service does not run in the central account.';
}
