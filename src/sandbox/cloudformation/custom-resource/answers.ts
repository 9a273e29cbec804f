import { randomBytes } from 'node:crypto';
import { isObject, type JsonObject, parseJson } from '../../wire/json.js';

/** What was put at a ResponseURL, read as far as it could be. */
export interface Answer {
  readonly requestId: string;
  readonly status: string | undefined;
  readonly reason: string | undefined;
  readonly physicalId: string | undefined;
  readonly data: JsonObject;
  /** What makes the answer worthless. */
  readonly fault: string | undefined;
}

/** An answer that arrived, for the control API. */
export interface ReceivedAnswer {
  readonly key: string;
  readonly at: Date;
  readonly body: string;
  /** Only the first answer within the time counts. */
  readonly counted: boolean;
}

/** One PUT at a ResponseURL, for the control API. */
export interface AnswerPut {
  readonly at: Date;
  readonly stackId: string;
  readonly logicalId: string;
  readonly requestId: string;
  /** As the body has it: SUCCESS, FAILED, or what else was sent. */
  readonly status: string | undefined;
  /** Whether S3 took it; CloudFormation may still think nothing of it. */
  readonly accepted: boolean;
  readonly httpStatus: number;
}

/** Who signs ResponseURLs; a key that nobody else can sign with. */
export const answerSigner = {
  accessKeyId: 'ASIASANDBOXRESPONSES',
  secret: randomBytes(30).toString('base64'),
};

const maxAnswerBytes = 4096;

/** The answers that custom resources wait for, by `StackId|LogicalResourceId|RequestId`. */
export class StackAnswers {
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  readonly received: ReceivedAnswer[] = [];
  /** The attempts, also those that were refused. */
  readonly puts: AnswerPut[] = [];

  /** Resolves with the first answer under this key. */
  next(key: string): Promise<Answer> {
    return new Promise((resolve) => this.#waiting.set(key, resolve));
  }

  /** What comes under this key from now on is too late. */
  forget(key: string): void {
    this.#waiting.delete(key);
  }

  /** Notes an attempt to answer, whatever S3 said to it. */
  note(key: string, body: Buffer, httpStatus: number): void {
    const [stackId = '', logicalId = '', requestId = ''] = key.split('|');
    const { status } = readAnswer(key, body);
    this.puts.push({
      at: new Date(),
      stackId,
      logicalId,
      requestId,
      status,
      accepted: httpStatus < 300,
      httpStatus,
    });
  }

  /** Takes what was put; a second or a late answer changes nothing. */
  take(key: string, body: Buffer): void {
    const resolve = this.#waiting.get(key);
    this.#waiting.delete(key);
    this.received.push({ key, at: new Date(), body: body.toString('utf8'), counted: resolve !== undefined });
    resolve?.(readAnswer(key, body));
  }
}

/** Why an answer fails the resource, in CloudFormation's words; `undefined` for a success. */
export function answerFailure(answer: Answer): string | undefined {
  if (answer.fault !== undefined) return answer.fault;
  if (answer.status === 'SUCCESS') return undefined;
  return `Received response status [FAILED] from custom resource. Message returned: ${answer.reason} (RequestId: ${answer.requestId})`;
}

function readAnswer(key: string, body: Buffer): Answer {
  const [stackId, logicalId, requestId = ''] = key.split('|');
  const source = readObject(body);
  const text = (name: string): string | undefined => {
    const value = source?.[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const data = source?.['Data'];
  const answer = {
    requestId,
    status: text('Status'),
    reason: text('Reason'),
    physicalId: text('PhysicalResourceId'),
    data: isObject(data) ? data : {},
  };
  const wrongEcho = Object.entries({
    StackId: stackId,
    LogicalResourceId: logicalId,
    RequestId: requestId,
  }).find(([name, expected]) => text(name) !== expected);
  let fault: string | undefined;
  if (body.length > maxAnswerBytes) fault = 'Response object is too long.';
  else if (source === undefined) fault = 'Response is not valid JSON';
  else if (wrongEcho !== undefined)
    fault = `Invalid Response object: Value of property ${wrongEcho[0]} does not match the request`;
  else if (answer.status !== 'SUCCESS' && answer.status !== 'FAILED')
    fault = 'Invalid Response object: Value of property Status must be SUCCESS or FAILED';
  else if (answer.physicalId === undefined) fault = 'Invalid PhysicalResourceId';
  else if (Buffer.byteLength(answer.physicalId) > 1024)
    fault = 'Invalid PhysicalResourceId: longer than 1024 bytes';
  else if (answer.status === 'FAILED' && answer.reason === undefined)
    fault = 'Invalid Response object: Value of property Reason must be an object of type String';
  return { ...answer, fault };
}

function readObject(body: Buffer): JsonObject | undefined {
  try {
    const value = parseJson(body.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
