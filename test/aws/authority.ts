import { generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import {
  bitString,
  der,
  integer,
  objectId,
  sequence,
  set,
  utcTime,
  utf8String,
} from '../../src/sandbox/sns/der.js';

/** A certificate with the key that it is about, so that it can issue others. */
export interface Issued {
  readonly certificate: X509Certificate;
  readonly name: string;
  readonly keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
}

export interface Wording {
  /** Left out, it is signed by itself. */
  readonly by?: Issued;
  readonly ca?: boolean;
  readonly from?: number;
  readonly to?: number;
  /** Host names that it is made out to. */
  readonly hosts?: readonly string[];
  /** Where its issuer's certificate is to be had. */
  readonly issuerUrl?: string;
  /** May it sign certificates? Nothing is said where it is left out. */
  readonly maySign?: boolean;
  /** The key of another certificate, used again. */
  readonly keys?: Issued['keys'];
}

const day = 86_400_000;

/** Makes a certificate of this subject, valid from yesterday for a year unless it says otherwise. */
export function issue(name: string, words: Wording = {}): Issued {
  const keys = words.keys ?? generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { by, from = Date.now() - day, to = Date.now() + 365 * day } = words;
  const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])), // serial number
    ecdsaWithSha256,
    subject(by?.name ?? name),
    sequence(utcTime(new Date(from)), utcTime(new Date(to))),
    subject(name),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions(words))),
  );
  const signature = sign('sha256', body, by?.keys.privateKey ?? keys.privateKey);
  const certificate = new X509Certificate(sequence(body, ecdsaWithSha256, bitString(signature)));
  return { certificate, name, keys };
}

function subject(name: string): Buffer {
  return sequence(set(sequence(objectId('2.5.4.3'), utf8String(name))));
}

function extensions({ ca, hosts, issuerUrl, maySign }: Wording): Buffer[] {
  const yes = der(0x01, Buffer.from([0xff]));
  const critical = (id: string, content: Buffer) => sequence(objectId(id), yes, der(0x04, content));
  const plain = (id: string, content: Buffer) => sequence(objectId(id), der(0x04, content));
  const text = (tag: number, words: string) => der(tag, Buffer.from(words));
  const access = (url: string) => sequence(sequence(objectId('1.3.6.1.5.5.7.48.2'), text(0x86, url)));
  // Bit 5 is keyCertSign, bit 0 digitalSignature.
  const usage = (bits: number, unused: number) => der(0x03, Buffer.from([unused, bits]));
  return [
    ...(ca === undefined ? [] : [critical('2.5.29.19', ca ? sequence(yes) : sequence())]),
    ...(maySign === undefined ? [] : [critical('2.5.29.15', maySign ? usage(0x04, 2) : usage(0x80, 7))]),
    ...(hosts === undefined ? [] : [plain('2.5.29.17', sequence(...hosts.map((host) => text(0x82, host))))]),
    ...(issuerUrl === undefined ? [] : [plain('1.3.6.1.5.5.7.1.1', access(issuerUrl))]),
  ];
}
