import { failure } from '../core/failure.js';
import { Problem } from '../core/problem.js';
import type { SignedMessage } from '../core/stack-event.js';
import { type CallbackToken, hashToken, parseToken } from '../core/token.js';
import { busy, knows, type RecordPorts, recordStackEvent } from './record-stack-event.js';

/** What the client's function posts: CloudFormation's event as text, and the request it has signed but not sent. */
export interface FunctionCall {
  readonly event: string;
  readonly identity: {
    readonly authorization: string;
    readonly 'x-amz-date': string;
    readonly 'x-amz-security-token': string;
  };
}

/**
 * Has STS say which role signed a function's call. Throws `signature-invalid` where the signature covers another
 * event, another token or another region's STS, or is none; `unavailable` where STS cannot be asked.
 */
export type ProveFunctionCall = (call: FunctionCall, token: CallbackToken) => Promise<SignedMessage>;

export interface ReceiveFunctionPorts extends RecordPorts {
  readonly proveFunctionCall: ProveFunctionCall;
}

/**
 * When the client's function passes on CloudFormation's event: proves whose function it is, records the event,
 * and has it acted on.
 *
 * Throws `not-found` for a token that names no launch by this way: the function then answers CloudFormation itself.
 * And what `recordStackEvent` throws.
 */
export async function receiveFunctionCall(
  ports: ReceiveFunctionPorts,
  tokenText: string,
  call: FunctionCall,
): Promise<void> {
  const parsed = parseToken<CallbackToken>(tokenText);
  if (parsed === null) throw new Problem('token-unknown', 'The address of the callback is not complete.');
  const callbackTokenHash = hashToken(parsed.token);
  const addressee = { clientId: parsed.clientId, callbackTokenHash, callback: 'lambda' } as const;
  const client = await ports.around.client(parsed.clientId);
  const { message, remedy } = failure('launch-unknown');
  if (!knows({ client }, addressee)) throw new Problem('not-found', `${message} ${remedy}`);
  // Each call costs one of STS.
  if (!(await ports.allow('call', callbackTokenHash))) throw busy('This launch');
  await recordStackEvent(ports, await ports.proveFunctionCall(call, parsed.token), addressee);
}
