import type { Caller } from '../identity/caller.js';
import type { World } from '../world.js';
import { AwsError } from './aws-error.js';
import type { Reply, Request } from './exchange.js';
import { QueryInput } from './query-input.js';
import { queryReply } from './query-reply.js';
import type { XmlElements } from './xml.js';

/** A service that speaks AWS's Query protocol: form parameters in, XML out. */
export interface QueryService {
  readonly namespace: string;
  /** Throws where the service takes no requests from such a caller, whatever they are. */
  readonly admit?: (caller: Caller) => void;
  readonly actions: Readonly<Record<string, QueryAction>>;
}

/** One operation; what it returns becomes the `<…Result>`. */
export type QueryAction = (
  world: World,
  caller: Caller,
  input: QueryInput,
) => XmlElements | Promise<XmlElements>;

/** Answers one signed request to a Query service. */
export async function answerQuery(
  world: World,
  service: QueryService,
  caller: Caller,
  request: Request,
): Promise<Reply> {
  const input = QueryInput.of(request);
  const name = input.text('Action') ?? '';
  const action = Object.hasOwn(service.actions, name) ? service.actions[name] : undefined;
  if (action === undefined) {
    throw new AwsError('InvalidAction', `Could not find operation ${name} in the Rolecall sandbox`);
  }
  service.admit?.(caller);
  return queryReply(request, service.namespace, name, await action(world, caller, input));
}
