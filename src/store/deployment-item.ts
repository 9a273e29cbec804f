import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Revision } from '../core/change.js';
import type { Deployment, DeploymentWatch } from '../core/deployment.js';
import type { DeploymentId } from '../core/id.js';
import { fromDocument, type Item, toDocument } from './document.js';
import type { Database } from './dynamodb.js';
import { keyAttributes, keyOf, keys } from './keys.js';
import { makeReading } from './reading.js';

type DeploymentDocument = Omit<Deployment, 'kind' | 'rev'>;
type WatchDocument = Omit<DeploymentWatch, 'kind' | 'rev'>;

/** For how long deployments are kept, in milliseconds. */
const KEPT_FOR = 90 * 86_400_000;

export const deploymentItem = {
  toItem(deployment: Deployment, rev: Revision): Item {
    const { kind: _, rev: __, ...document } = deployment;
    return {
      ...keyAttributes(keyOf(deployment)),
      ...toDocument(rev, document satisfies DeploymentDocument),
      ttl: { N: String(Math.ceil((deployment.createdAt + KEPT_FOR) / 1000)) },
    };
  },
  fromItem(item: Item): Deployment {
    const { rev, document } = fromDocument<DeploymentDocument>(item);
    return { kind: 'deployment', rev, ...document };
  },
};

export const deploymentWatchItem = {
  toItem(watch: DeploymentWatch, rev: Revision): Item {
    const { kind: _, rev: __, ...document } = watch;
    return { ...keyAttributes(keyOf(watch)), ...toDocument(rev, document satisfies WatchDocument) };
  },
  fromItem(item: Item): DeploymentWatch {
    const { rev, document } = fromDocument<WatchDocument>(item);
    return { kind: 'deployment-watch', rev, ...document };
  },
};

const NEVER_WATCHED: DeploymentWatch = {
  ...{ kind: 'deployment-watch', rev: null, underWay: null, lookedAt: 0, seen: 0, tried: null, fault: null },
};

/** Deployments of the central account's stack. */
export function makeDeploymentQueries(database: Database) {
  const { client, tableName } = database;
  const { get } = makeReading(database);
  return {
    async deployment(id: DeploymentId): Promise<Deployment | null> {
      const item = await get(keys.deployment(id));
      return item && deploymentItem.fromItem(item);
    },

    async watch(): Promise<DeploymentWatch> {
      const item = await get(keys.deploymentWatch);
      return item === null ? NEVER_WATCHED : deploymentWatchItem.fromItem(item);
    },

    /** The latest first, at most so many, of those before the one named. */
    async deployments(before: DeploymentId | null, limit: number): Promise<Deployment[]> {
      const { pk, sk } = keys.deployment(before ?? 'dep_~');
      const page = await client.send(
        new QueryCommand({
          TableName: tableName,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND sk < :before',
          ExpressionAttributeValues: { ':pk': { S: pk }, ':before': { S: sk } },
          ScanIndexForward: false,
          Limit: limit,
        }),
      );
      // The watch sorts before them all.
      const items = (page.Items ?? []).filter((item) => item['sk']?.S !== keys.deploymentWatch.sk);
      return items.map(deploymentItem.fromItem);
    },
  };
}
