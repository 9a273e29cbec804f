import { sign } from 'node:crypto';
import type { SigningCertificate } from './certificate.js';

/** The fields that SNS signs, before they are signed. */
export type Envelope = Readonly<Record<string, string>> & { readonly Type: string };

/** Signs an envelope. Version 2 is SHA-256; version 1, which a topic uses if nothing is set, is SHA-1. */
export function signEnvelope(
  fields: Envelope,
  certificate: SigningCertificate,
  origin: string,
  version: '1' | '2',
): string {
  const text = signedKeys
    .filter((key) => fields[key] !== undefined)
    .map((key) => `${key}\n${fields[key]}\n`)
    .join('');
  const { UnsubscribeURL, ...shown } = fields;
  return JSON.stringify(
    {
      ...shown,
      SignatureVersion: version,
      Signature: sign(
        version === '2' ? 'sha256' : 'sha1',
        Buffer.from(text),
        certificate.privateKey,
      ).toString('base64'),
      SigningCertURL: origin + certificate.path,
      ...(UnsubscribeURL === undefined ? {} : { UnsubscribeURL }),
    },
    null,
    2,
  );
}

/** In the order of signing. A notification has no Token and no SubscribeURL, a confirmation no Subject. */
const signedKeys = [
  'Message',
  'MessageId',
  'Subject',
  'SubscribeURL',
  'Timestamp',
  'Token',
  'TopicArn',
  'Type',
];
