import { formatArn, parseArn } from '../core/arn.js';
import type { Revision } from '../core/change.js';
import type { ClientId } from '../core/id.js';
import type { Answer, AnswerOutcome, RequestType, Stack, StackRequest } from '../core/stack.js';
import { parseStackId } from '../core/stack-id.js';
import type { TokenHash } from '../core/token.js';
import { fromDocument, type Item, toDocument } from './document.js';
import { dueIndex, keyAttributes, keyOf } from './keys.js';

/**
 * A stack's item is written four times in an onboarding, twice of them at the double price of a transaction,
 * so it is kept under the 1 KB that a write unit covers: short names, and no ARN or URL repeats what its
 * neighbours say. A settled request keeps only what recognizes it.
 */
interface StackDocument {
  readonly c: ClientId;
  readonly a: string;
  readonly s: string;
  readonly t: string;
  readonly h: TokenHash;
  readonly g?: true;
  readonly ok?: readonly [roleArn: string, templateVersion: string];
  readonly q: readonly RequestDocument[];
  readonly n?: true;
  readonly k?: number;
  readonly due: number | null;
  readonly f?: true;
}

interface RequestDocument {
  readonly i: string;
  readonly y: RequestType;
  readonly l: string;
  readonly p?: string;
  readonly u?: string;
  readonly r?: string;
  readonly v?: string;
  readonly at: number;
  readonly by: number;
  readonly x?: Answer['status'];
  readonly m?: string;
  readonly o?: AnswerOutcome;
}

export const stackItem = {
  toItem(stack: Stack, rev: Revision): Item {
    const document: StackDocument = {
      c: stack.clientId,
      a: stack.accountId,
      s: stack.stackId,
      t: topicName(stack),
      h: stack.callbackTokenHash,
      ...(stack.gone && { g: true }),
      ...(stack.accepted && {
        ok: [short(stack.accepted.roleArn, stack), stack.accepted.templateVersion],
      }),
      q: stack.requests.map((request) => fromRequest(request, stack)),
      ...(stack.announced && { n: true }),
      ...(stack.attempts > 0 && { k: stack.attempts }),
      due: stack.due,
      ...(stack.free && { f: true }),
    };
    const item = {
      ...keyAttributes(keyOf(stack)),
      ...toDocument(rev, document),
    };
    if (stack.due === null) return item;
    const { i2p, i2s } = dueIndex(stack.clientId + stack.accountId, stack.due);
    return { ...item, i2p: { S: i2p }, i2s: { S: i2s } };
  },

  fromItem(item: Item): Stack {
    const { rev, document } = fromDocument<StackDocument>(item);
    const named = { accountId: document.a, stackId: document.s };
    return {
      kind: 'stack',
      rev,
      clientId: document.c,
      ...named,
      topicArn: topicArn(document.t, named),
      callbackTokenHash: document.h,
      gone: document.g ?? false,
      accepted: document.ok
        ? {
            roleArn: long(document.ok[0], named),
            templateVersion: document.ok[1],
          }
        : null,
      requests: document.q.map((request) => toRequest(request, named)),
      announced: document.n ?? false,
      attempts: document.k ?? 0,
      due: document.due,
      free: document.f ?? false,
    };
  },
};

type Named = Pick<Stack, 'accountId' | 'stackId'>;

function fromRequest(request: StackRequest, stack: Stack): RequestDocument {
  const settled = request.outcome !== null;
  return {
    i: request.id,
    y: request.type,
    l: request.logicalResourceId,
    at: request.receivedAt,
    by: request.deadline,
    ...(request.physicalResourceId !== null && {
      p: request.physicalResourceId,
    }),
    ...(!settled && request.responseUrl !== null && { u: elide(request, stack.stackId) }),
    ...(!settled && {
      r: short(request.roleArn, stack),
      v: request.templateVersion,
    }),
    ...(request.answer && { x: request.answer.status }),
    ...(request.answer?.reason && { m: request.answer.reason }),
    ...(request.outcome && { o: request.outcome }),
  };
}

function toRequest(document: RequestDocument, named: Named): StackRequest {
  return {
    id: document.i,
    type: document.y,
    logicalResourceId: document.l,
    physicalResourceId: document.p ?? null,
    responseUrl: document.u === undefined ? null : restore(document.u, document.i, named.stackId),
    roleArn: long(document.r ?? '', named),
    templateVersion: document.v ?? '',
    receivedAt: document.at,
    deadline: document.by,
    answer: document.x === undefined ? null : { status: document.x, reason: document.m ?? null },
    outcome: document.o ?? null,
  };
}

/** Response URLs name the stack and the request, percent-encoded; braces never stand in a URL. */
function elide(request: StackRequest, stackId: string): string {
  return (request.responseUrl ?? '')
    .replaceAll(encodeURIComponent(stackId), '{s}')
    .replaceAll(escapedColons(stackId), '{c}')
    .replaceAll(request.id, '{r}');
}

function restore(url: string, requestId: string, stackId: string): string {
  return url
    .replaceAll('{r}', requestId)
    .replaceAll('{c}', escapedColons(stackId))
    .replaceAll('{s}', encodeURIComponent(stackId));
}

/** As CloudFormation writes it: the slashes of the StackId stay. */
function escapedColons(stackId: string): string {
  return stackId.replaceAll(':', '%3A');
}

function topicName(stack: Stack): string {
  const name = parseArn(stack.topicArn)?.resource ?? '';
  return topicArn(name, stack) === stack.topicArn ? name : stack.topicArn;
}

function topicArn(name: string, { accountId, stackId }: Named): string {
  const stack = parseStackId(stackId);
  if (stack === null || name.startsWith('arn:')) return name;
  return formatArn({
    ...stack,
    service: 'sns',
    account: accountId,
    resource: name,
  });
}

function short(roleArn: string, stack: Named): string {
  const prefix = rolePrefix(stack);
  return prefix !== null && roleArn.startsWith(prefix) ? `~${roleArn.slice(prefix.length)}` : roleArn;
}

function long(text: string, stack: Named): string {
  return text.startsWith('~') ? `${rolePrefix(stack)}${text.slice(1)}` : text;
}

function rolePrefix({ accountId, stackId }: Named): string | null {
  const stack = parseStackId(stackId);
  return (
    stack &&
    formatArn({
      ...stack,
      service: 'iam',
      region: '',
      account: accountId,
      resource: 'role/',
    })
  );
}
