import { createHash } from 'node:crypto';
import type { Stored } from './change.js';
import type { Echo } from './external-ids.js';
import type { ClientId } from './id.js';
import type { TokenHash } from './token.js';

export type RequestType = 'Create' | 'Update' | 'Delete';

/**
 * What is known of one client's stack: which requests CloudFormation has made, what each was or will be
 * answered, and whether something of it is still due. Create and Delete of a stack meet in this one item, so
 * a Delete that overtakes its Create leaves `gone` behind.
 */
export interface Stack extends Stored {
  readonly kind: 'stack';
  readonly clientId: ClientId;
  /** The account proven by the signature, not the one the event claims. */
  readonly accountId: string;
  readonly stackId: string;
  /** The topic or the function's role that signs for this stack. */
  readonly sourceArn: string;
  readonly callbackTokenHash: TokenHash;
  readonly gone: boolean;
  /** What was last verified and answered SUCCESS. */
  readonly accepted: Accepted | null;
  /** What was accepted before that: CloudFormation returns to it where another resource's update failed. */
  readonly previous: Accepted | null;
  /** The properties that a refused Update was sent to replace: CloudFormation returns to these as well. */
  readonly rollsBackTo: string | null;
  readonly requests: readonly StackRequest[];
  /** Whether the feed knows that this stack has started. */
  readonly announced: boolean;
  /** How often the role has been tried for the request under way. */
  readonly attempts: number;
  /** When somebody else should look whether this is still being worked on; null where nothing is left to do. */
  readonly due: number | null;
  /** Put down by an instance that stops: whoever finds it may go on at once. */
  readonly free: boolean;
  /** How often an instance has begun to work on it and left it: what fails for ever is given up. */
  readonly takeovers: number;
  /** Past this it may be swept away; null for whatever came by a launch of ours. Milliseconds. */
  readonly forgetAt: number | null;
}

/** What a stack was accepted with. */
export type Accepted = Pick<StackRequest, 'roleArn' | 'humanRoleArn' | 'templateVersion' | 'properties'>;

/** One request of CloudFormation's to the custom resource. StackId and `id` are its key for idempotency. */
export interface StackRequest {
  readonly id: string;
  readonly type: RequestType;
  readonly logicalResourceId: string;
  readonly physicalResourceId: string | null;
  /** Where the answer goes; dropped once it has been taken. */
  readonly responseUrl: string | null;
  readonly roleArn: string;
  /** The role by which people enter; null where the template makes none. */
  readonly humanRoleArn: string | null;
  readonly templateVersion: string;
  /** A hash of all properties that the template set. */
  readonly properties: string;
  readonly echo: Echo;
  readonly receivedAt: number;
  /** The stack (`stackKey`) that held the account when this came; null where none did. */
  readonly holder: string | null;
  /** Past this CloudFormation may have given up. */
  readonly deadline: number;
  readonly answer: Answer | null;
  readonly outcome: AnswerOutcome | null;
}

export interface Answer {
  readonly status: 'SUCCESS' | 'FAILED';
  /** Mandatory with FAILED. */
  readonly reason: string | null;
}

/**
 * What became of an answer: taken by CloudFormation, refused for good (or never sent, because its address is none
 * of CloudFormation's), not taken before the deadline, or given up after too many takeovers.
 */
export type AnswerOutcome = 'accepted' | 'refused' | 'too-late' | 'given-up';

/** More than CloudFormation ever has open at once; past it somebody is filling the item. */
export const MOST_OPEN_REQUESTS = 8;

/** Requests that are remembered once they are settled: enough to recognize what SNS repeats within the hour. */
const REMEMBERED_REQUESTS = 8;

/**
 * The name of a stack's item among its client's. It is made of everything that a later event has to agree in:
 * the stack, who signed for its account, and the token; an event that differs in one finds nothing.
 */
export function stackKey({ stackId, sourceArn, callbackTokenHash }: StackIdentity): string {
  const identity = [stackId, sourceArn, callbackTokenHash].join('\n');
  return createHash('sha256').update(identity).digest('base64url').slice(0, 22);
}

export type StackIdentity = Pick<Stack, 'stackId' | 'sourceArn' | 'callbackTokenHash'>;

/** The request that is to be worked on next: verified, or answered. */
export function openRequest(stack: Stack): StackRequest | undefined {
  return stack.requests.find((request) => request.outcome === null);
}

/** The stack with one of its requests changed, and its due time kept only while something is left to do. */
export function withRequest(stack: Stack, changed: StackRequest): Stack {
  const requests = stack.requests.map((request) => (request.id === changed.id ? changed : request));
  const open = requests.some((request) => request.outcome === null);
  return { ...stack, requests, due: open ? stack.due : null };
}

/** The stack with a new request at the end; the oldest settled ones make room. */
export function addRequest(stack: Stack, request: StackRequest, due: number | null): Stack {
  const settled = stack.requests.filter((other) => other.outcome !== null).slice(1 - REMEMBERED_REQUESTS);
  const open = stack.requests.filter((other) => other.outcome === null);
  return {
    ...stack,
    requests: [...settled, ...open, request],
    attempts: 0,
    takeovers: 0,
    free: false,
    due: stack.due ?? due,
  };
}

/** The id that CloudFormation keeps for the connection: the same at every answer, so nothing is ever replaced. */
export function physicalResourceId(stack: Stack, request: StackRequest): string {
  return request.physicalResourceId ?? `${stack.clientId}/${stack.accountId}`;
}
