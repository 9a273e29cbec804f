import { channel } from 'node:diagnostics_channel';

/** A call to AWS that has ended, with its repetitions. It says nothing of what was sent or answered. */
export interface AwsCall {
  /** As the SDK calls it: `DynamoDB`, `STS`. */
  readonly service: string;
  readonly operation: string;
  /** The name of AWS's error, or of what broke the call off; null where it went well. */
  readonly error: string | null;
  /** Null where nothing was answered. */
  readonly status: number | null;
  /** AWS's own. */
  readonly requestId: string | null;
  readonly attempts: number;
  /** When it began, in milliseconds since 1970. */
  readonly at: number;
  /** In milliseconds. */
  readonly duration: number;
}

const calls = channel('rolecall:aws-call');

/** Has a listener told of each call, where it was made and as soon as it has ended. */
export function onAwsCall(listener: (call: AwsCall) => void): void {
  calls.subscribe((message) => listener(message as AwsCall));
}

interface Metadata {
  readonly httpStatusCode?: number;
  readonly requestId?: string;
  readonly attempts?: number;
}

interface Arguments {
  readonly input: object;
}
type Next = (args: Arguments) => Promise<{ readonly output: unknown }>;
interface Context {
  readonly clientName?: string;
  readonly commandName?: string;
}
/** As much of an SDK client as is needed here; each has a stack of its own type. */
interface Client {
  readonly middlewareStack: {
    add(
      middleware: (next: Next, context: Context) => Next,
      options: { readonly step: 'initialize'; readonly name: string; readonly override: true },
    ): void;
  };
}

/** The same client, whose calls are told of from now on. */
export function tellsCalls<Opened extends Client>(client: Opened): Opened {
  client.middlewareStack.add(
    (next, { clientName = '', commandName = '' }) => {
      const service = clientName.replace(/Client$/, '');
      const operation = commandName.replace(/Command$/, '');
      return async (args) => {
        const ended = begin(service, operation);
        try {
          const result = await next(args);
          ended(null, metadataOf(result.output));
          return result;
        } catch (error) {
          ended(error instanceof Error ? error.name : 'Error', metadataOf(error));
          throw error;
        }
      };
    },
    { step: 'initialize', name: 'tellCall', override: true },
  );
  return client;
}

/** The same way to send a request, told of as a call: for what is sent to AWS without the SDK. */
export function tellsAs<Request, Answer extends { readonly status: number }>(
  [service, operation]: readonly [string, string],
  send: (request: Request) => Promise<Answer>,
): (request: Request) => Promise<Answer> {
  return async (request) => {
    const ended = begin(service, operation);
    try {
      const answer = await send(request);
      ended(answer.status < 400 ? null : `Status${answer.status}`, { httpStatusCode: answer.status });
      return answer;
    } catch (error) {
      ended(error instanceof Error ? error.name : 'Error', {});
      throw error;
    }
  };
}

function begin(service: string, operation: string) {
  const at = Date.now();
  const stopwatch = performance.now();
  return (error: string | null, { httpStatusCode, requestId, attempts = 1 }: Metadata): void => {
    const duration = performance.now() - stopwatch;
    const told = { status: httpStatusCode ?? null, requestId: requestId ?? null, attempts };
    calls.publish({ service, operation, error, ...told, at, duration } satisfies AwsCall);
  };
}

function metadataOf(answer: unknown): Metadata {
  if (typeof answer !== 'object' || answer === null || !('$metadata' in answer)) return {};
  return answer.$metadata as Metadata;
}
