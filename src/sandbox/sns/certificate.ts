import { createHash, generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { bitString, der, integer, objectId, sequence, set, utcTime, utf8String } from './der.js';

/** The key that signs SNS's messages, and the certificate that proves it. */
export interface SigningCertificate {
  readonly privateKey: KeyObject;
  readonly pem: string;
  /** Where it is served: `/SimpleNotificationService-<hash>.pem`. */
  readonly path: string;
}

const day = 86_400_000;

/** Makes a key and a certificate that it signs itself, valid from yesterday for a year. */
export async function makeCertificate(): Promise<SigningCertificate> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const subject = sequence(set(sequence(objectId('2.5.4.3'), utf8String('sns.amazonaws.com'))));
  const sha256WithRsa = sequence(objectId('1.2.840.113549.1.1.11'), der(0x05));
  const now = Date.now();
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])), // serial number
    sha256WithRsa,
    subject, // the issuer is the subject itself
    sequence(utcTime(new Date(now - day)), utcTime(new Date(now + 365 * day))),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const certificate = sequence(body, sha256WithRsa, bitString(sign('sha256', body, privateKey)));
  const lines = certificate.toString('base64').replace(/.{1,64}/g, '$&\n');
  const pem = `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`;
  const hash = createHash('md5').update(pem).digest('hex');
  return { privateKey, pem, path: `/SimpleNotificationService-${hash}.pem` };
}
