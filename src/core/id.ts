import { Problem } from './problem.js';

declare const brand: unique symbol;
/** A string that only its own parser or maker can produce. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };

export type ClientId = Branded<'ClientId'>;
export type LaunchId = Branded<'LaunchId'>;
export type WebhookId = Branded<'WebhookId'>;
export type KeyId = Branded<'KeyId'>;
export type GroupId = Branded<'GroupId'>;
export type DeploymentId = Branded<'DeploymentId'>;

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A client's id from a fresh UUIDv7. */
export function clientId(uuid: string): ClientId {
  return `cli_${uuid}` as ClientId;
}

/** A launch's id from a fresh UUIDv7. */
export function launchId(uuid: string): LaunchId {
  return `lch_${uuid}` as LaunchId;
}

/** A client's id as somebody wrote it, or null where it cannot be one. */
export function parseClientId(text: string): ClientId | null {
  return text.startsWith('cli_') && UUID_V7.test(text.slice(4)) ? (text as ClientId) : null;
}

/** A webhook's id from a fresh UUIDv7. */
export function webhookId(uuid: string): WebhookId {
  return `wh_${uuid}` as WebhookId;
}

/** A webhook's id as somebody wrote it, or null where it cannot be one. */
export function parseWebhookId(text: string): WebhookId | null {
  return text.startsWith('wh_') && UUID_V7.test(text.slice(3)) ? (text as WebhookId) : null;
}

/** An API key's id from a fresh UUIDv7. */
export function keyId(uuid: string): KeyId {
  return `key_${uuid}` as KeyId;
}

/** An API key's id as somebody wrote it, or null where it cannot be one. */
export function parseKeyId(text: string): KeyId | null {
  return text.startsWith('key_') && UUID_V7.test(text.slice(4)) ? (text as KeyId) : null;
}

/** A group's id from a fresh UUIDv7. */
export function groupId(uuid: string): GroupId {
  return `grp_${uuid}` as GroupId;
}

/** A group's id as somebody wrote it, or null where it cannot be one. */
export function parseGroupId(text: string): GroupId | null {
  return text.startsWith('grp_') && UUID_V7.test(text.slice(4)) ? (text as GroupId) : null;
}

/** A deployment's id from a fresh UUIDv7. */
export function deploymentId(uuid: string): DeploymentId {
  return `dep_${uuid}` as DeploymentId;
}

/** A deployment's id as somebody wrote it, or null where it cannot be one. */
export function parseDeploymentId(text: string): DeploymentId | null {
  return text.startsWith('dep_') && UUID_V7.test(text.slice(4)) ? (text as DeploymentId) : null;
}

/** For an id that is none, and for one that nobody has: the answer is the same. */
export function clientNotFound(text: string): Problem {
  return new Problem('not-found', `There is no client ${JSON.stringify(text)}.`);
}

/** A client's id as somebody wrote it. Throws `not-found` where it cannot be one. */
export function knownId(text: string): ClientId {
  const id = parseClientId(text);
  if (id === null) throw clientNotFound(text);
  return id;
}
