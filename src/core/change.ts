import type { Account, AwsAccountLock } from './account.js';
import type { ApiKey } from './api-key.js';
import type { Client, ExternalIdEntry, ReferenceLock } from './client.js';
import type { Delivery } from './delivery.js';
import type { Deployment, DeploymentWatch } from './deployment.js';
import type { NewEvent } from './event.js';
import type { Group } from './group.js';
import type { Branded } from './id.js';
import type { Overview, OverviewDay } from './overview.js';
import type { RememberedAnswer } from './remembered-answer.js';
import type { Stack } from './stack.js';
import type { Webhook } from './webhook.js';
import type { WebhookReader } from './webhook-reader.js';

/** Drawn anew at every write of an item, so that whoever holds an older reading loses. */
export type Revision = Branded<'Revision'>;

/** What every stored thing has: the revision at which it was read, or null where it is new. */
export interface Stored {
  readonly rev: Revision | null;
}

export type Entity =
  | Client
  | ExternalIdEntry
  | ReferenceLock
  | Account
  | AwsAccountLock
  | Stack
  | Webhook
  | WebhookReader
  | Delivery
  | ApiKey
  | Group
  | Deployment
  | DeploymentWatch
  | Overview
  | OverviewDay
  | RememberedAnswer;

/**
 * What a decision wants: things to write or remove, each expected to stand at the revision it was read at,
 * and what to tell. All of it happens or nothing.
 */
export interface Change {
  readonly put: readonly Entity[];
  readonly remove?: readonly Entity[];
  readonly events?: readonly NewEvent[];
}

/**
 * Takes a change as a whole or not at all. `store/commit.ts` is the one that stands behind it.
 *
 * Returns the things written, in order and at their new revisions, or which of the change's things did not
 * stand at the revision expected (`lost`). Throws `request-in-progress` where the same call was carried out elsewhere
 * meanwhile, and what the database threw once its retries are used up.
 */
export type Commit = (change: Change) => Promise<Committed>;

export type Committed =
  | { readonly ok: true; readonly written: readonly Entity[] }
  | { readonly ok: false; readonly lost: readonly Entity[] };
