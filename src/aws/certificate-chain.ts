import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

export interface ChainPorts {
  /** Fetches an issuer's certificate from the address that a certificate gives for it. Throws where it cannot. */
  readonly fetchIssuer: (url: URL) => Promise<X509Certificate>;
  readonly now: () => number;
  /** Left out, the roots that Node.js trusts. */
  readonly roots?: readonly X509Certificate[];
}

/** A leaf, two intermediates and a root are as many as public authorities use. */
const LONGEST_CHAIN = 4;

/**
 * Follows a certificate up to a root that is trusted: by the issuers that came with it, or from the address that
 * each certificate gives for its issuer (SNS serves its leaf alone).
 *
 * Returns what is wrong with it, or null. Throws what `fetchIssuer` throws.
 * Source: RFC 5280, 4.2.2.1 (authority information access) and 6.1 (path validation), the part of it that Node
 * leaves to its callers.
 */
export async function faultInChain(
  leaf: X509Certificate,
  others: readonly X509Certificate[],
  ports: ChainPorts,
): Promise<string | null> {
  const roots = ports.roots ?? trustedRoots();
  let certificate = leaf;
  for (let length = 1; length < LONGEST_CHAIN; length += 1) {
    if (!isInDate(certificate, ports.now())) return 'a certificate of its chain is out of date';
    const above = certificate;
    const root = roots.find((candidate) => isIssuedBy(above, candidate));
    if (root !== undefined)
      return isInDate(root, ports.now()) ? null : 'the root of its chain is out of date';
    const url = issuerUrl(certificate);
    const issuer =
      others.find((candidate) => isIssuedBy(above, candidate)) ?? (url && (await ports.fetchIssuer(url)));
    if (issuer === null || !isIssuedBy(certificate, issuer))
      return 'its chain leads to no authority that is trusted';
    certificate = issuer;
  }
  return 'its chain is too long';
}

/** Whether the certificate's dates hold now. */
export function isInDate({ validFrom, validTo }: X509Certificate, now: number): boolean {
  return Date.parse(validFrom) <= now && now <= Date.parse(validTo);
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function issuerUrl({ infoAccess }: X509Certificate): URL | null {
  const [, text = ''] = /^CA Issuers - URI:(\S+)$/m.exec(infoAccess ?? '') ?? [];
  return URL.canParse(text) ? new URL(text) : null;
}

let parsedRoots: readonly X509Certificate[] | null = null;

/** Parsed at the first message and not at the start, which it would slow down. */
function trustedRoots(): readonly X509Certificate[] {
  parsedRoots ??= rootCertificates.map((pem) => new X509Certificate(pem));
  return parsedRoots;
}
