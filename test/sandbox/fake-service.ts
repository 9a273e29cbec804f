import { verify, X509Certificate } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';

/** A message of SNS as a service gets it. */
export interface Message {
  readonly headers: IncomingHttpHeaders;
  readonly envelope: Record<string, string>;
  /** The request of a custom resource, if the message holds one. */
  readonly request: Record<string, string> & {
    ResourceProperties?: Record<string, unknown>;
  };
}

export interface FakeService {
  readonly url: string;
  readonly messages: Message[];
  /** The HTTP status for each message; 200 once it runs out. */
  readonly statuses: number[];
  /** The next message of this type (`Create`, `Delete`, `SubscriptionConfirmation`, …), also one that came before. */
  next(type: string): Promise<Message>;
  close(): Promise<void>;
}

/** What the service answers a custom resource's request with; `undefined` leaves it unanswered. */
export type Answer = Record<string, unknown> | undefined;

/**
 * A service of the kind the sandbox is for: it checks signatures with the served certificate, confirms
 * subscriptions and puts answers.
 */
export async function startFakeService(
  answer: (message: Message) => Answer = () => ({ Status: 'SUCCESS', PhysicalResourceId: 'made' }),
  confirms = true,
): Promise<FakeService> {
  const messages: Message[] = [];
  const statuses: number[] = [];
  const waiting: { type: string; resolve: (message: Message) => void }[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const envelope: Record<string, string> = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const isRequest = envelope['Type'] === 'Notification' && envelope['Message']?.startsWith('{') === true;
    const message = {
      headers: incoming.headers,
      envelope,
      request: isRequest ? JSON.parse(envelope['Message'] ?? '') : {},
    };
    const status = statuses.shift() ?? 200;
    messages.push(message);
    if (status === 200 && envelope['Type'] === 'SubscriptionConfirmation' && confirms) {
      await fetch(envelope['SubscribeURL'] ?? '');
    }
    response.writeHead(status).end();
    const at = waiting.findIndex(({ type }) => type === kind(message));
    if (at >= 0) waiting.splice(at, 1)[0]?.resolve(message);
    const result = isRequest && status === 200 ? answer(message) : undefined;
    if (result !== undefined) await putAnswer(message, result);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/callback`,
    messages,
    statuses,
    next(type) {
      const known = messages.find((message) => kind(message) === type);
      return known === undefined
        ? new Promise((resolve) => waiting.push({ type, resolve }))
        : Promise.resolve(known);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Puts an answer at a request's ResponseURL. Returns the HTTP status. */
export async function putAnswer(
  { request }: Message,
  answer: Record<string, unknown> | string,
  headers: Record<string, string> = { 'content-type': '' },
): Promise<number> {
  const echo = {
    StackId: request['StackId'],
    RequestId: request['RequestId'],
    LogicalResourceId: request['LogicalResourceId'],
  };
  const body = typeof answer === 'string' ? answer : JSON.stringify({ ...echo, ...answer });
  const put = await fetch(request['ResponseURL'] ?? '', { method: 'PUT', headers, body: Buffer.from(body) });
  return put.status;
}

/** Whether SNS signed an envelope, by AWS's rules and the certificate that it names. */
export async function isSigned(envelope: Record<string, string>): Promise<boolean> {
  const keys =
    envelope['Type'] === 'Notification'
      ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
      : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
  const text = keys
    .filter((key) => envelope[key] !== undefined)
    .map((key) => `${key}\n${envelope[key]}\n`)
    .join('');
  const pem = await (await fetch(envelope['SigningCertURL'] ?? '')).text();
  const { publicKey } = new X509Certificate(pem);
  const algorithm = envelope['SignatureVersion'] === '2' ? 'sha256' : 'sha1';
  return verify(algorithm, Buffer.from(text), publicKey, Buffer.from(envelope['Signature'] ?? '', 'base64'));
}

function kind({ envelope, request }: Message): string {
  return request['RequestType'] ?? envelope['Type'] ?? '';
}
