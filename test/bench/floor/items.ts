import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';

// What the service writes in an onboarding, by hand: the same attributes and documents, of the same sizes.

export interface StackEvent {
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly ResponseURL: string;
  readonly ResourceProperties: { readonly RoleArn: string; readonly TemplateVersion: string };
}

export function newTokens(clientId: string) {
  const id = Buffer.from(clientId.slice(4).replaceAll('-', ''), 'hex');
  const pageToken = Buffer.concat([id, randomBytes(32)]).toString('base64url');
  const secret = createHmac('sha256', pageToken).update('callback').digest();
  return { pageToken, callbackToken: Buffer.concat([id, secret]).toString('base64url') };
}

export function callbackTokenOf(text: string): { clientId: string; text: string } {
  const hex = Buffer.from(text, 'base64url').subarray(0, 16).toString('hex');
  return { text, clientId: `cli_${hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}` };
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

export function launchOf(name: string, pageToken: string, callbackToken: string) {
  const id = `lch_${randomUUID()}`;
  const now = Date.now();
  return {
    ...{ id, pageTokenHash: hashOf(pageToken), callbackTokenHash: hashOf(callbackToken), callback: 'sns' },
    ...{ region: 'us-east-1', expectedAccountIds: [], maxAccounts: 1, regionOpen: true },
    stackName: `rolecall-${name.toLowerCase().replaceAll(' ', '-')}-${id.slice(-6)}`,
    ...{ createdAt: now, expiresAt: now + 604_800_000, openedAt: null, revokedAt: null },
    accounts: [] as string[],
  };
}

export function clientOf(id: string, name: string, launch: ReturnType<typeof launchOf>) {
  const now = Date.now();
  return {
    ...{ id, externalId: randomUUID(), name, reference: null, profile: 'security-audit', callback: 'sns' },
    ...{ region: 'us-east-1', allowSharedAccounts: false, metadata: {}, regionOpen: true, status: 'invited' },
    ...{ createdAt: now, updatedAt: now, removedAt: null },
    launches: [launch] as [typeof launch],
  };
}

export type FloorClient = ReturnType<typeof clientOf>;
export type FloorStack = ReturnType<typeof stackOf>;

export function stackOf(event: StackEvent, topicArn: string, clientId: string, callbackTokenHash: string) {
  const {
    StackId: stackId,
    RequestId: requestId,
    LogicalResourceId,
    ResponseURL,
    ResourceProperties,
  } = event;
  const { RoleArn: roleArn, TemplateVersion: templateVersion } = ResourceProperties;
  const [, partition = '', , region = '', accountId = '', resource = ''] = stackId.split(':');
  const identity = [stackId, topicArn, callbackTokenHash].join('\n');
  return {
    ...{
      clientId,
      accountId,
      partition,
      region,
      stackId,
      requestId,
      callbackTokenHash,
      roleArn,
      templateVersion,
    },
    logicalResourceId: LogicalResourceId,
    responseUrl: ResponseURL,
    key: createHash('sha256').update(identity).digest('base64url').slice(0, 22),
    shortId: `~${partition}:${region}:${resource.slice('stack/'.length)}`,
    topic: topicArn.slice(topicArn.lastIndexOf(':') + 1),
    role: `~${roleArn.slice(roleArn.indexOf('/') + 1)}`,
    properties: createHash('sha256')
      .update(JSON.stringify(ResourceProperties))
      .digest('base64url')
      .slice(0, 16),
    receivedAt: Date.now(),
  };
}

/** The stack's document as it is received, as it is connected, and as it is settled. */
export function stackDocument(stack: FloorStack, state: 'received' | 'connected' | 'settled') {
  const { requestId, stackId, role, templateVersion, properties, receivedAt } = stack;
  const url = stack.responseUrl.replaceAll(encodeURIComponent(stackId), '{s}').replaceAll(requestId, '{r}');
  const open = { u: url, r: role, v: templateVersion, w: properties };
  return {
    ...{ s: stack.shortId, t: stack.topic, h: stack.callbackTokenHash },
    ...(state === 'connected' && { ok: 0 }),
    ...(state === 'settled' && { ok: [role, templateVersion, properties] }),
    q: [
      {
        ...{
          i: requestId,
          y: 'Create',
          l: stack.logicalResourceId,
          at: receivedAt,
          by: receivedAt + 270_000,
        },
        ...(state !== 'settled' && open),
        ...(state !== 'received' && { x: 'SUCCESS' }),
        ...(state === 'settled' && { o: 'accepted' }),
      },
    ],
  };
}

export function accountDocument(client: FloorClient, stack: FloorStack, granted: readonly string[]) {
  const now = Date.now();
  return {
    ...{ clientId: client.id, accountId: stack.accountId, partition: stack.partition },
    ...{
      launchId: client.launches[0].id,
      stackId: stack.stackId,
      region: stack.region,
      roleArn: stack.roleArn,
    },
    ...{ templateVersion: stack.templateVersion, status: 'connected', connectedBy: stack.key, pending: null },
    ...{ createdAt: now, connectedAt: now, lastVerifiedAt: now },
    nextVerificationAt: now + 86_400_000 * (0.95 + 0.1 * Math.random()),
    verdict: { a: 'yyyy', k: 1, g: granted, t: [] },
  };
}

/** The events of an onboarding's second commit. */
export function connectedEvents({ accountId, stackId, roleArn, receivedAt }: FloorStack) {
  const by = { type: 'stack' };
  return [
    ['stack.started', receivedAt, accountId, by, { stackId }],
    ['account.verifying', receivedAt, accountId, by, {}],
    ['account.connected', Date.now(), accountId, by, { roleArn, attempts: 1 }],
  ];
}

export function invitedEvents({ name, profile, launches }: FloorClient) {
  const by = { type: 'api-key', name: 'admin', address: '127.0.0.1', requestId: randomUUID() };
  return [['client.invited', Date.now(), 0, by, { name, profile, launchId: launches[0].id }]];
}
