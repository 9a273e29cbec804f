/** How often an issuer that does not answer is asked, in milliseconds. */
const ASK_AGAIN_AFTER = 5_000;

/**
 * Finds where an issuer publishes its keys, once, at the first token: an issuer that is away does not stop the start.
 * `open` makes what reads them. Throws where the issuer does not answer, or answers for another.
 *
 * Source: OpenID Connect Discovery 1.0, sections 4.1 and 4.3.
 */
export function makeFindKeys<Keys>(issuer: string, open: (address: URL) => Keys): () => Promise<Keys> {
  let found: Promise<Keys> | null = null;
  return () => {
    if (found === null) {
      found = discover(issuer).then(open);
      found.catch(() => setTimeout(() => (found = null), ASK_AGAIN_AFTER).unref());
    }
    return found;
  };
}

async function discover(issuer: string): Promise<URL> {
  const answer = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    redirect: 'error',
    signal: AbortSignal.timeout(3_000),
  });
  const told: unknown = answer.ok ? await answer.json() : null;
  if (typeof told !== 'object' || told === null || !('issuer' in told) || told.issuer !== issuer)
    throw new Error(`the issuer answers ${answer.status}, or for another`);
  const uri = 'jwks_uri' in told ? String(told.jwks_uri) : '';
  const address = new URL(uri);
  // Keys that anybody on the way could change would let anybody in.
  if (address.protocol !== 'https:' && address.hostname !== new URL(issuer).hostname)
    throw new Error('the issuer’s keys are not at an https address');
  return address;
}
