import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';

export interface TestIssuer {
  readonly url: string;
  /** How often its keys have been read. */
  readonly reads: () => number;
  /** Whether it answers. */
  away: boolean;
  /** Publishes one more key and signs with it from now on. */
  rotate(): Promise<void>;
  /** An access token, good unless the claims or the header say otherwise. */
  token(
    claims?: Readonly<Record<string, unknown>>,
    header?: Partial<JWTHeaderParameters>,
    key?: CryptoKey | Uint8Array,
  ): Promise<string>;
}

export const AUDIENCE = 'https://access.example.com';

/** An issuer of access tokens on loopback, with its own keys. */
export async function startIssuer(t: { teardown(end: () => unknown): void }): Promise<TestIssuer> {
  const published: object[] = [];
  let count = 0;
  let signing: CryptoKey;
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', url);
    if (pathname === '/jwks') count += 1;
    const known: Readonly<Record<string, object>> = {
      '/.well-known/openid-configuration': { issuer: url, jwks_uri: `${url}/jwks` },
      '/jwks': { keys: published },
    };
    const body = issuer.away ? undefined : known[pathname];
    response
      .writeHead(body ? 200 : 503, { 'content-type': 'application/json' })
      .end(JSON.stringify(body ?? {}));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });

  const issuer: TestIssuer = {
    url,
    reads: () => count,
    away: false,
    async rotate() {
      const pair = await generateKeyPair('RS256');
      published.push({ ...(await exportJWK(pair.publicKey)), kid: `key-${published.length + 1}` });
      signing = pair.privateKey;
    },
    async token(claims = {}, header = {}, key = signing) {
      const seconds = Math.floor(Date.now() / 1_000);
      const usual = {
        iss: url,
        aud: AUDIENCE,
        sub: 'billing',
        exp: seconds + 300,
        scope: 'clients:read openid',
      };
      return new SignJWT({ ...usual, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: `key-${published.length}`, ...header })
        .sign(key);
    },
  };
  await issuer.rotate();
  return issuer;
}
