import { verify, type X509Certificate } from 'node:crypto';
import type { Arn } from '../core/arn.js';
import { Problem } from '../core/problem.js';
import { parseTopicArn } from '../core/stack-event.js';
import type { VerifySnsMessage } from '../onboarding/receive-sns-message.js';

const MINUTE = 60_000;
const DIGESTS = { 1: 'sha1', 2: 'sha256' } as const;

/**
 * Verifies a message that was posted by SNS.
 *
 * Takes the body as it came. Throws `signature-invalid` where the form, the age, the certificate's address or
 * the signature is wrong: which of them is said in `detail`, since the sender may be an honest stack.
 * Source: SNS Developer Guide, "Verifying the signatures of Amazon SNS messages".
 */
export function makeVerifySnsMessage(ports: {
  readonly now: () => number;
  readonly certificate: (url: URL) => Promise<X509Certificate>;
  readonly simulatorOrigin: string | null;
  /** Signature versions that are taken. */
  readonly versions: readonly ('1' | '2')[];
}): VerifySnsMessage {
  return async (body) => {
    const envelope = parseEnvelope(body);
    const topic = parseTopicArn(envelope.TopicArn ?? '');
    if (topic === null) throw refuse('TopicArn is not the ARN of a topic');
    const { Type, MessageId, Timestamp } = envelope;
    if (Type !== 'Notification' && Type !== 'SubscriptionConfirmation' && Type !== 'UnsubscribeConfirmation')
      throw refuse('Type is none that SNS sends');
    const version = ports.versions.find((known) => known === envelope.SignatureVersion);
    if (version === undefined) throw refuse(`SignatureVersion must be ${ports.versions.join(' or ')}`);
    const sentAt = parseTimestamp(Timestamp ?? '');
    const age = ports.now() - sentAt;
    if (!(age < 60 * MINUTE && age > -5 * MINUTE)) throw refuse('Timestamp is too old or lies ahead');
    const url = certificateUrl(envelope.SigningCertURL ?? '', topic, ports.simulatorOrigin);
    const certificate = await ports.certificate(url);
    const signed = Buffer.from(stringToSign(Type, envelope));
    const signature = Buffer.from(envelope.Signature ?? '', 'base64');
    if (!verify(DIGESTS[version], signed, certificate.publicKey, signature))
      throw refuse('Signature does not fit');
    return {
      type: Type,
      topic,
      topicArn: envelope.TopicArn ?? '',
      messageId: MessageId ?? '',
      sentAt,
      message: envelope.Message ?? '',
      token: envelope.Token ?? null,
      simulated: url.origin === ports.simulatorOrigin,
    };
  };
}

const FIELDS = [
  ...(['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'] as const),
  ...(['Signature', 'SignatureVersion', 'SigningCertURL'] as const),
];
type Envelope = Partial<Record<(typeof FIELDS)[number], string>>;

/** Keys in the order in which SNS signs them. */
const SIGNED = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: [
    'Message',
    'MessageId',
    'SubscribeURL',
    'Timestamp',
    'Token',
    'TopicArn',
    'Type',
  ],
  UnsubscribeConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
} as const;

function parseEnvelope(body: string): Envelope {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw refuse('the body is not JSON');
  }
  const object: Record<string, unknown> = typeof value === 'object' && value !== null ? { ...value } : {};
  const envelope: Envelope = {};
  for (const field of FIELDS) {
    const content = object[field];
    if (content === undefined || content === null) continue;
    if (typeof content !== 'string') throw refuse(`${field} is not text`);
    envelope[field] = content;
  }
  return envelope;
}

function stringToSign(type: keyof typeof SIGNED, envelope: Envelope): string {
  return SIGNED[type]
    .filter((key) => envelope[key] !== undefined)
    .map((key) => `${key}\n${envelope[key]}\n`)
    .join('');
}

/** SNS's own host for the topic's region and partition, to the letter; or the simulator's origin. */
function certificateUrl(text: string, topic: Arn, simulatorOrigin: string | null): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^\/SimpleNotificationService-[\w-]{1,100}\.pem$/.test(url.pathname))
    throw refuse('SigningCertURL is none of SNS');
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  const origins = [`https://sns.${topic.region}.${topic.partition.dnsSuffix}`, simulatorOrigin];
  if (!plain || !origins.includes(url.origin))
    throw refuse('SigningCertURL is none of SNS in the topic’s region');
  return url;
}

function parseTimestamp(text: string): number {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(text) ? Date.parse(text) : Number.NaN;
}

function refuse(detail: string): Problem {
  return new Problem('signature-invalid', `Not a message of SNS: ${detail}.`);
}
