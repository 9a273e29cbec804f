import { createHash } from 'node:crypto';
import type { Account, AwsAccountLock } from '../../src/core/account.js';
import { parseArn } from '../../src/core/arn.js';
import type { Change, Entity, Revision } from '../../src/core/change.js';
import type { Circumstances, Found } from '../../src/core/circumstances.js';
import type { Client } from '../../src/core/client.js';
import type { Verified } from '../../src/core/decide-verdict.js';
import { externalId } from '../../src/core/external-id.js';
import { type ClientId, clientId, launchId } from '../../src/core/id.js';
import type { Launch } from '../../src/core/launch.js';
import { type Stack, type StackRequest, stackKey } from '../../src/core/stack.js';
import type { StackEvent } from '../../src/core/stack-event.js';
import { parseStackId } from '../../src/core/stack-id.js';
import { callbackToken, hashToken, type PageToken, pageToken, type TokenHash } from '../../src/core/token.js';
import { judge, type Verdict } from '../../src/core/verdict.js';
import type { Session } from '../../src/onboarding/verify-account.js';

/** Things as the story has them: one client, one launch, one AWS account, one stack. Tests change what they are about. */
export const now = Date.parse('2026-11-24T06:00:00Z');
export const hour = 3_600_000;
export const accountId = '111122223333';
export const otherAccountId = '444455556666';
export const providerAccountId = '999999999999';
export const roleArn = `arn:aws:iam::${accountId}:role/Client`;
/** The role by which people enter. */
export const humanRoleArn = `arn:aws:iam::${accountId}:role/People`;
export const otherRoleArn = `arn:aws:iam::${accountId}:role/Another`;
export const templateVersion = '0123456789ab';

/** A UUIDv7 that ends in this number. */
export function uuid7(place: number): string {
  return `0193f000-0000-7000-8000-${String(place).padStart(12, '0')}`;
}

export function tokensOf(id: ClientId, place = 1): { page: PageToken; callbackHash: TokenHash } {
  const page = pageToken(id, Buffer.alloc(32, place));
  return { page, callbackHash: hashToken(callbackToken(page)) };
}

export const ourId = clientId(uuid7(1));
export const theirId = clientId(uuid7(2));
export const ourToken = tokensOf(ourId);

export function aLaunch(changes: Partial<Launch> = {}, id = ourId, place = 1): Launch {
  const { page, callbackHash } = tokensOf(id, place);
  return {
    id: launchId(uuid7(100 + place)),
    pageTokenHash: hashToken(page),
    callbackTokenHash: callbackHash,
    callback: 'sns',
    region: 'us-east-1',
    stackName: 'rolecall-acme-000101',
    expectedAccountIds: [],
    maxAccounts: 1,
    createdAt: now - hour,
    expiresAt: now + hour,
    openedAt: null,
    revokedAt: null,
    accounts: [],
    ...changes,
  };
}

export function aClient(changes: Partial<Client> = {}, launch: Partial<Launch> = {}): Client {
  const id = changes.id ?? ourId;
  return {
    kind: 'client',
    rev: 'client-1' as Revision,
    id,
    name: 'Acme',
    reference: null,
    externalId: externalId('0b8f7c3e-5d8e-4a55-9f0a-3c1d2e4f5a6b'),
    externalIdSource: 'generated',
    status: 'invited',
    profile: 'security-audit',
    callback: 'sns',
    region: 'us-east-1',
    allowSharedAccounts: false,
    metadata: {},
    createdAt: now - hour,
    updatedAt: now - hour,
    removedAt: null,
    launches: [aLaunch(launch, id)],
    retired: [],
    rotation: null,
    retiredExternalId: null,
    ...changes,
  };
}

export function stackIdText(place = 1, account = accountId, partition = 'aws', region = 'us-east-1'): string {
  const uuid = `5c0f9d10-0000-11f0-8000-${String(place).padStart(12, '0')}`;
  return `arn:${partition}:cloudformation:${region}:${account}:stack/rolecall-acme-000101/${uuid}`;
}

export function topicArnText(account = accountId, name = 'rolecall-Topic-A1B2C3'): string {
  return `arn:aws:sns:us-east-1:${account}:${name}`;
}

/** A parsed value that has to be there. */
export function must<Value>(value: Value | null | undefined, what = 'it'): Value {
  if (value === null || value === undefined) throw new Error(`${what} is missing`);
  return value;
}

export interface EventWords {
  readonly type?: StackEvent['type'];
  readonly request?: string;
  readonly stackId?: string;
  readonly sourceArn?: string;
  readonly roleArn?: string;
  readonly humanRoleArn?: string | null;
  readonly templateVersion?: string;
  readonly sentAt?: number;
  readonly properties?: string;
  readonly oldProperties?: string;
  readonly externalId?: string;
}

/** Stands for the hash of the properties: the same for the same role and version. */
export function propertiesOf(words: {
  readonly roleArn?: string;
  readonly templateVersion?: string;
}): string {
  const properties = `${words.roleArn ?? roleArn}|${words.templateVersion ?? templateVersion}`;
  return createHash('sha256').update(properties).digest('base64url').slice(0, 16);
}

export function anEvent(words: EventWords = {}): StackEvent {
  const type = words.type ?? 'Create';
  const sourceArn = words.sourceArn ?? topicArnText();
  return {
    type,
    requestId: words.request ?? 'request-1',
    stackId: must(parseStackId(words.stackId ?? stackIdText())),
    logicalResourceId: 'Connection',
    physicalResourceId: type === 'Create' ? null : `${ourId}/${accountId}`,
    responseUrl: 'https://answers.example/',
    roleArn: words.roleArn ?? roleArn,
    humanRoleArn: words.humanRoleArn ?? null,
    templateVersion: words.templateVersion ?? templateVersion,
    externalId: words.externalId ?? '',
    properties: words.properties ?? propertiesOf(words),
    oldProperties: words.oldProperties ?? null,
    source: must(parseArn(sourceArn)),
    sourceArn,
    sentAt: words.sentAt ?? now,
  };
}

export function at(changes: Partial<Circumstances> = {}): Circumstances {
  return {
    clientId: ourId,
    callbackTokenHash: ourToken.callbackHash,
    callback: 'sns',
    now,
    providerAccountId,
    partitionId: 'aws',
    answerable: true,
    ...changes,
  };
}

export function found(changes: Partial<Found> = {}): Found {
  return {
    client: aClient(),
    account: null,
    stack: null,
    lock: null,
    otherAccounts: [],
    managementAccounts: [],
    ...changes,
  };
}

export function aRequest(changes: Partial<StackRequest> = {}): StackRequest {
  return {
    id: 'request-1',
    type: 'Create',
    logicalResourceId: 'Connection',
    physicalResourceId: null,
    responseUrl: 'https://answers.example/',
    roleArn,
    humanRoleArn: null,
    templateVersion,
    properties: propertiesOf(changes),
    echo: 'current',
    receivedAt: now,
    holder: null,
    deadline: now + 270_000,
    answer: null,
    outcome: null,
    ...changes,
  };
}

/** A request that was answered SUCCESS, and whose answer was taken. */
export function aSettledRequest(changes: Partial<StackRequest> = {}): StackRequest {
  return aRequest({
    responseUrl: null,
    answer: { status: 'SUCCESS', reason: null },
    outcome: 'accepted',
    ...changes,
  });
}

export function aStack(changes: Partial<Stack> = {}): Stack {
  return {
    kind: 'stack',
    rev: 'stack-1' as Revision,
    clientId: ourId,
    accountId,
    stackId: stackIdText(),
    sourceArn: topicArnText(),
    callbackTokenHash: ourToken.callbackHash,
    gone: false,
    accepted: null,
    previous: null,
    rollsBackTo: null,
    requests: [aRequest()],
    announced: false,
    attempts: 0,
    due: now + 10_000,
    free: false,
    takeovers: 0,
    forgetAt: null,
    ...changes,
  };
}

/** A stack whose Create was accepted. */
export function aConnectedStack(changes: Partial<Stack> = {}): Stack {
  return aStack({
    accepted: { roleArn, humanRoleArn: null, templateVersion, properties: propertiesOf({}) },
    requests: [aSettledRequest()],
    due: null,
    ...changes,
  });
}

export const good: Verdict = judge({
  expectedAccountId: accountId,
  attempts: 1,
  own: { outcome: 'entered', accountId },
  without: { outcome: 'denied' },
  wrong: { outcome: 'denied' },
});

export const bad: Verdict = judge({
  expectedAccountId: accountId,
  attempts: 1,
  own: { outcome: 'entered', accountId },
  without: { outcome: 'entered', accountId },
  wrong: { outcome: 'denied' },
});

/** An account that this stack has connected. */
export function anAccount(changes: Partial<Account> = {}): Account {
  return {
    kind: 'account',
    rev: 'account-1' as Revision,
    clientId: ourId,
    accountId,
    partition: 'aws',
    roleArn,
    humanRoleArn: null,
    launchId: aLaunch().id,
    stackId: stackIdText(),
    region: 'us-east-1',
    templateVersion,
    status: 'connected',
    verdict: good,
    connectedBy: stackKey(aStack()),
    pending: null,
    trying: null,
    failing: null,
    trustRemains: false,
    rotatedTo: null,
    organization: null,
    createdAt: now - hour,
    connectedAt: now - hour,
    lastVerifiedAt: now - hour,
    nextVerificationAt: now + 24 * hour,
    ...changes,
  };
}

export function aLock(changes: Partial<AwsAccountLock> = {}): AwsAccountLock {
  return {
    kind: 'aws-account',
    rev: 'lock-1' as Revision,
    partition: 'aws',
    accountId,
    clients: [ourId],
    shared: false,
    ...changes,
  };
}

export function verified(changes: Partial<Verified> = {}): Verified {
  const stack = changes.stack ?? aStack();
  const { stack: _, ...around } = found();
  return {
    ...around,
    stack,
    request: must(stack.requests.find(({ outcome }) => outcome === null)),
    verdict: good,
    proof: null,
    olderStackGone: false,
    now,
    nextVerificationAt: now + 24 * hour,
    ...changes,
  };
}

/** The service as verifications know it: its probes work, and it asks for no proof of permissions. */
export const provider = {
  controls: async () => null,
  principalArn: `arn:aws:iam::${providerAccountId}:role/RolecallService`,
  providerAccountId,
  proofOf: () => ({ actions: [], refuse: false }),
  peopleOf: () => null,
  completeRotation: async () => undefined,
  standing: async () => 'unreadable' as const,
  noteVerification: () => undefined,
  noteAnswer: () => undefined,
  fleet: { note: () => undefined, suspicion: () => null, recent: () => ({ checked: 0, failed: 0 }) },
};

/** A trust policy as the template makes it. */
export function trustPolicy(
  externalId: unknown = aClient().externalId,
  changes: Readonly<Record<string, unknown>> = {},
): string {
  const Principal = { AWS: `arn:aws:iam::${providerAccountId}:root` };
  const narrowed = { 'aws:PrincipalArn': provider.principalArn };
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal,
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': externalId, ...narrowed } },
        ...changes,
      },
      {
        Effect: 'Allow',
        Principal,
        Action: ['sts:SetSourceIdentity', 'sts:TagSession'],
        Condition: { StringEquals: narrowed },
      },
    ],
  });
}

/** What a role of the template's tells about itself. */
export const selfInspection: Omit<Session, 'outcome' | 'callerAccount' | 'stackStatus'> = {
  organization: async () => ({ outcome: 'denied' }),
  activeAccounts: async () => ({ outcome: 'denied' }),
  trustPolicy: async () => ({ outcome: 'read', value: trustPolicy() }),
  permissions: async (_, granted) => ({
    outcome: 'read',
    value: { granted, missing: [], denied: [], unchecked: [] },
  }),
};

/** What a change writes of one kind. */
export function put<Kind extends Entity['kind']>(
  change: Change | null,
  kind: Kind,
): Extract<Entity, { kind: Kind }> | undefined {
  return change?.put.find((entity): entity is Extract<Entity, { kind: Kind }> => entity.kind === kind);
}

export function kinds(change: Change | null): string[] {
  return (change?.put ?? []).map(({ kind }) => kind).sort();
}

export function eventTypes(change: Change | null): string[] {
  return (change?.events ?? []).map(({ type }) => type);
}

/** The answer to the last request that a change records. */
export function answerIn(change: Change | null) {
  return put(change, 'stack')?.requests.at(-1)?.answer;
}
