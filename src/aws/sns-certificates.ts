import { X509Certificate } from 'node:crypto';
import { Problem } from '../core/problem.js';
import type { Outgoing } from './outgoing.js';

const MOST_KEPT = 100;
const KEPT_FOR = 60 * 60_000;

/**
 * SNS's signing certificates by their address, which the caller has checked: fetched once at a time, kept for
 * an hour. Throws `unavailable` where the certificate cannot be had (SNS then sends again) and
 * `signature-invalid` where it is none or its dates do not fit.
 */
export function makeCertificates(ports: { readonly send: Outgoing; readonly now: () => number }) {
  const kept = new Map<string, { readonly certificate: Promise<X509Certificate>; readonly until: number }>();

  const fetchOne = async (url: URL): Promise<X509Certificate> => {
    const answer = await ports.send({ url, method: 'GET', timeout: 3_000 }).catch((error: Error) => error);
    if (answer instanceof Error || answer.status !== 200)
      throw new Problem('unavailable', 'The certificate that signed the message could not be fetched.');
    try {
      return new X509Certificate(answer.body);
    } catch {
      throw new Problem('signature-invalid', 'Not a message of SNS: the certificate cannot be read.');
    }
  };

  return async (url: URL): Promise<X509Certificate> => {
    const now = ports.now();
    const hit = kept.get(url.href);
    const entry =
      hit !== undefined && hit.until > now ? hit : { certificate: fetchOne(url), until: now + KEPT_FOR };
    if (entry !== hit) {
      kept.delete(url.href);
      const [oldest] = kept.keys();
      if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
      kept.set(url.href, entry);
      entry.certificate.catch(() => kept.delete(url.href));
    }
    const certificate = await entry.certificate;
    if (Date.parse(certificate.validFrom) > now || Date.parse(certificate.validTo) < now)
      throw new Problem('signature-invalid', 'Not a message of SNS: the certificate is out of date.');
    return certificate;
  };
}
