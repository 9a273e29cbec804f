import { verify, X509Certificate } from 'node:crypto';
import { request } from 'node:http';

type Envelope = Readonly<Record<string, string>>;

const SIGNED: Readonly<Record<string, readonly string[]>> = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: [
    ...['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
  ],
};

export function openSns() {
  const certificates = new Map<string, X509Certificate>();
  return {
    /** The certificate is fetched once. */
    async verify(envelope: Envelope): Promise<void> {
      const { Type = '', SigningCertURL = '', Signature = '', SignatureVersion } = envelope;
      let certificate = certificates.get(SigningCertURL);
      if (certificate === undefined) {
        certificate = new X509Certificate((await exchange('GET', SigningCertURL)).body);
        certificates.set(SigningCertURL, certificate);
      }
      const signed = (SIGNED[Type] ?? [])
        .filter((name) => envelope[name] !== undefined)
        .map((name) => `${name}\n${envelope[name]}\n`)
        .join('');
      const digest = SignatureVersion === '2' ? 'sha256' : 'sha1';
      if (!verify(digest, Buffer.from(signed), certificate.publicKey, Buffer.from(Signature, 'base64')))
        throw new Error('a wrong signature');
    },

    async confirm(simulator: string, { TopicArn = '', Token = '' }: Envelope): Promise<void> {
      const call = { Action: 'ConfirmSubscription', TopicArn, Token, Version: '2010-03-31' };
      const { status } = await exchange('GET', `${simulator}/?${new URLSearchParams(call)}`);
      if (status !== 200) throw new Error('the subscription was not confirmed');
    },
  };
}

export function exchange(
  method: string,
  url: string,
  body = '',
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { ...headers, 'content-length': Buffer.byteLength(body) } });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
    });
    sent.end(body);
  });
}
