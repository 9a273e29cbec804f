import { X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../core/problem.js';
import type { Outgoing } from '../net/outgoing.js';
import { faultInChain, isInDate } from './certificate-chain.js';

export interface CertificatePorts {
  readonly send: Outgoing;
  readonly now: () => number;
  readonly simulatorOrigin: string | null;
  /** Left out, the roots that Node.js trusts. */
  readonly roots?: readonly X509Certificate[];
}

const ATTEMPTS = 3;
const MOST_KEPT = 100;
const KEPT_FOR = 60 * 60_000;
/** SNS has a handful of certificates at a time; whoever names more of them makes names up. */
const MOST_FETCHED_AT_ONCE = 10;

/**
 * SNS's signing certificates by their address, which the caller has checked: fetched once at a time, kept for
 * an hour, followed to a root. Only certificates that hold are kept, so that made-up addresses drive none out.
 *
 * Throws `unavailable` where a certificate cannot be had (SNS then sends again) and `signature-invalid` where it
 * is none, is not SNS's, or its chain or dates do not hold.
 */
export function makeCertificates(ports: CertificatePorts) {
  const kept = new Map<string, { readonly certificate: X509Certificate; readonly until: number }>();
  const fetching = new Map<string, Promise<X509Certificate>>();

  const fetchOne = async (url: URL): Promise<X509Certificate> => {
    const [certificate, ...others] = parseAll(await fetchBytes(ports, url));
    if (certificate === undefined) throw refuse('the certificate cannot be read');
    if (url.origin !== ports.simulatorOrigin) await checkPublic(ports, url, certificate, others);
    kept.delete(url.href);
    const [oldest] = kept.keys();
    if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    kept.set(url.href, { certificate, until: ports.now() + KEPT_FOR });
    return certificate;
  };

  const fetchOnce = (url: URL): Promise<X509Certificate> => {
    const under = fetching.get(url.href);
    if (under !== undefined) return under;
    if (fetching.size >= MOST_FETCHED_AT_ONCE)
      throw new Problem('unavailable', 'Too many certificates are being fetched.');
    const fetched = fetchOne(url).finally(() => fetching.delete(url.href));
    fetching.set(url.href, fetched);
    return fetched;
  };

  return async (url: URL): Promise<X509Certificate> => {
    const hit = kept.get(url.href);
    const certificate = hit !== undefined && hit.until > ports.now() ? hit.certificate : await fetchOnce(url);
    if (!isInDate(certificate, ports.now())) throw refuse('the certificate is out of date');
    return certificate;
  };
}

/** A certificate of the public SNS: made out to it, and by an authority that is trusted. */
async function checkPublic(
  ports: CertificatePorts,
  { hostname }: URL,
  certificate: X509Certificate,
  others: readonly X509Certificate[],
): Promise<void> {
  const names = [hostname, hostname.replace(/^sns\.[^.]+\./, 'sns.'), 'sns.amazonaws.com'];
  if (!names.some((name) => certificate.checkHost(name) !== undefined))
    throw refuse('the certificate is not made out to SNS');
  const fetchIssuer = async (url: URL) => {
    const [issuer] = parseAll(await fetchBytes(ports, url, true));
    if (issuer === undefined) throw refuse('the certificate’s issuer cannot be read');
    return issuer;
  };
  const fault = await faultInChain(certificate, others, { ...ports, fetchIssuer });
  if (fault !== null) throw refuse(fault);
}

async function fetchBytes({ send }: CertificatePorts, url: URL, plain = false): Promise<Buffer> {
  // What waits for it may be a confirmation, which SNS does not repeat.
  for (let attempt = 1; ; attempt += 1) {
    const answer = await send({ url, method: 'GET', timeout: 3_000, plain }).catch((error: Error) => error);
    if (!(answer instanceof Error) && answer.status === 200) return answer.body;
    const final = !(answer instanceof Error) && answer.status < 500;
    if (final || attempt === ATTEMPTS)
      throw new Problem('unavailable', 'The certificate that signed the message could not be fetched.');
    await sleep(200 * attempt);
  }
}

/** The certificates in a PEM file, or the one in a DER file; none where it is neither. */
function parseAll(bytes: Buffer): X509Certificate[] {
  const pems = bytes.toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  try {
    return (pems ?? [bytes]).map((one) => new X509Certificate(one));
  } catch {
    return [];
  }
}

function refuse(detail: string): Problem {
  return new Problem('signature-invalid', `Not a message of SNS: ${detail}.`);
}
