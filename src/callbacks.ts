import type { Adapters } from './adapters.js';
import type { Background } from './background.js';
import {
  type FunctionCall,
  type ReceiveFunctionPorts,
  receiveFunctionCall,
} from './onboarding/receive-function-call.js';
import { type ReceiveSnsPorts, receiveSnsMessage } from './onboarding/receive-sns-message.js';

/** The request by which a stack speaks; its line in the log says which stack that was. */
export interface Cause {
  readonly id: string;
  readonly about: { accountId?: string; stackId?: string };
}

/** Both ways by which stacks call back, put together: what they start is told with the request that started it. */
export function makeCallbacks(adapters: Adapters, { settle }: Background) {
  const portsFor = ({ id, about }: Cause): ReceiveSnsPorts & ReceiveFunctionPorts => ({
    ...adapters,
    heard: (stack) => Object.assign(about, stack),
    settle: (stack, surroundings) => settle(stack, surroundings, id),
  });
  return {
    receiveSnsMessage: (token: string, body: string, cause: Cause) =>
      receiveSnsMessage(portsFor(cause), token, body),
    receiveFunctionCall: (token: string, call: FunctionCall, cause: Cause) =>
      receiveFunctionCall(portsFor(cause), token, call),
  };
}
