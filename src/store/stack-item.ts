import type { Revision } from '../core/change.js';
import type { ClientId } from '../core/id.js';
import type { Accepted, Answer, AnswerOutcome, RequestType, Stack, StackRequest } from '../core/stack.js';
import type { TokenHash } from '../core/token.js';
import { fromDocument, type Item, toDocument } from './document.js';
import { dueIndex, keyAttributes, keyOf } from './keys.js';
import {
  longResponseUrl,
  longRoleArn,
  longSourceArn,
  longStackId,
  type Named,
  shortResponseUrl,
  shortRoleArn,
  shortSourceArn,
  shortStackId,
} from './stack-shorthand.js';

/**
 * A stack's item is written four times in an onboarding, twice of them at the double price of a transaction,
 * so it is kept under the 1 KB that a write unit covers: short names, and no ARN or URL repeats what its
 * neighbours say. A settled request keeps only what recognizes it.
 */
interface StackDocument {
  readonly s: string;
  readonly t: string;
  readonly h: TokenHash;
  readonly g?: true;
  /** What was accepted, or the place of the request that it was asked for in. */
  readonly ok?: AcceptedDocument | number;
  readonly was?: AcceptedDocument;
  readonly rb?: string;
  readonly q: readonly RequestDocument[];
  readonly n?: true;
  readonly k?: number;
  readonly f?: true;
  readonly to?: number;
  readonly z?: number;
}

type AcceptedDocument = readonly [
  roleArn: string,
  templateVersion: string,
  properties: string,
  humanRoleArn?: string,
];

interface RequestDocument {
  readonly i: string;
  readonly y: RequestType;
  readonly l: string;
  readonly p?: string;
  readonly u?: string;
  readonly r?: string;
  readonly h?: string;
  readonly v?: string;
  readonly w?: string;
  readonly hd?: string;
  readonly e?: 'next' | 'other';
  readonly at: number;
  readonly by: number;
  readonly x?: Answer['status'];
  readonly m?: string;
  readonly o?: AnswerOutcome;
}

export const stackItem = {
  toItem(stack: Stack, rev: Revision): Item {
    const document: StackDocument = {
      s: shortStackId(stack),
      t: shortSourceArn(stack),
      h: stack.callbackTokenHash,
      ...(stack.gone && { g: true }),
      ...(stack.accepted && { ok: fromAccepted(stack, stack.accepted) }),
      ...(stack.previous && { was: shortAccepted(stack, stack.previous) }),
      ...(stack.rollsBackTo !== null && { rb: stack.rollsBackTo }),
      q: stack.requests.map((request) => fromRequest(request, stack)),
      ...(stack.announced && { n: true }),
      ...(stack.attempts > 0 && { k: stack.attempts }),
      ...(stack.free && { f: true }),
      ...(stack.takeovers > 0 && { to: stack.takeovers }),
      ...(stack.forgetAt !== null && { z: stack.forgetAt }),
    };
    const item = {
      ...keyAttributes(keyOf(stack)),
      ...toDocument(rev, document),
      ...(stack.forgetAt !== null && { ttl: { N: String(Math.ceil(stack.forgetAt / 1000)) } }),
    };
    if (stack.due === null) return item;
    return { ...item, ...dueIndex('STACKS', stack.clientId + stack.accountId, stack.due) };
  },

  fromItem(item: Item): Stack {
    const { rev, document } = fromDocument<StackDocument>(item);
    const accountId = item['sk']?.S?.split('#')[1] ?? '';
    const named = { accountId, stackId: longStackId(document.s, accountId) };
    const requests = document.q.map((request) => toRequest(request, named));
    const due = item['i2s']?.S;
    return {
      kind: 'stack',
      rev,
      clientId: (item['pk']?.S ?? '').slice('CLIENT#'.length) as ClientId,
      ...named,
      sourceArn: longSourceArn(document.t, named),
      callbackTokenHash: document.h,
      gone: document.g ?? false,
      accepted: document.ok === undefined ? null : toAccepted(document.ok, requests, named),
      previous: document.was === undefined ? null : longAccepted(document.was, named),
      rollsBackTo: document.rb ?? null,
      requests,
      announced: document.n ?? false,
      attempts: document.k ?? 0,
      due: due === undefined ? null : Date.parse(due),
      free: document.f ?? false,
      takeovers: document.to ?? 0,
      forgetAt: document.z ?? null,
    };
  },
};

function fromAccepted(stack: Stack, accepted: Accepted): NonNullable<StackDocument['ok']> {
  const { roleArn, humanRoleArn, templateVersion, properties } = accepted;
  const same = (request: StackRequest) =>
    request.outcome === null &&
    request.roleArn === roleArn &&
    request.humanRoleArn === humanRoleArn &&
    request.templateVersion === templateVersion &&
    request.properties === properties;
  const place = stack.requests.findIndex(same);
  return place >= 0 ? place : shortAccepted(stack, accepted);
}

function shortAccepted(
  stack: Stack,
  { roleArn, humanRoleArn, templateVersion, properties }: Accepted,
): AcceptedDocument {
  const usual = [shortRoleArn(roleArn, stack), templateVersion, properties] as const;
  return humanRoleArn === null ? usual : [...usual, shortRoleArn(humanRoleArn, stack)];
}

function longAccepted(
  [roleArn, templateVersion, properties, people]: AcceptedDocument,
  named: Named,
): Accepted {
  const humanRoleArn = people === undefined ? null : longRoleArn(people, named);
  return { roleArn: longRoleArn(roleArn, named), humanRoleArn, templateVersion, properties };
}

function toAccepted(
  ok: NonNullable<StackDocument['ok']>,
  requests: readonly StackRequest[],
  named: Named,
): Accepted | null {
  if (typeof ok !== 'number') return longAccepted(ok, named);
  const request = requests[ok];
  if (request === undefined) return null;
  const { roleArn, humanRoleArn, templateVersion, properties } = request;
  return { roleArn, humanRoleArn, templateVersion, properties };
}

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
    ...(!settled &&
      request.responseUrl !== null && {
        u: shortResponseUrl(request.responseUrl, request.id, stack.stackId),
      }),
    ...(!settled && {
      r: shortRoleArn(request.roleArn, stack),
      ...(request.humanRoleArn !== null && { h: shortRoleArn(request.humanRoleArn, stack) }),
      v: request.templateVersion,
      w: request.properties,
    }),
    ...(!settled && request.holder !== null && { hd: request.holder }),
    ...(!settled && request.echo !== 'current' && { e: request.echo }),
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
    responseUrl: document.u === undefined ? null : longResponseUrl(document.u, document.i, named.stackId),
    roleArn: longRoleArn(document.r ?? '', named),
    humanRoleArn: document.h === undefined ? null : longRoleArn(document.h, named),
    templateVersion: document.v ?? '',
    properties: document.w ?? '',
    echo: document.e ?? 'current',
    receivedAt: document.at,
    holder: document.hd ?? null,
    deadline: document.by,
    answer: document.x === undefined ? null : { status: document.x, reason: document.m ?? null },
    outcome: document.o ?? null,
  };
}
