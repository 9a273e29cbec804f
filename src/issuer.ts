import { ConfigError } from './config-error.js';
import { type Environment, isLoopback, parseBaseUrl, readList } from './environment.js';

/** Whose access tokens are taken beside API keys. */
export interface Issuer {
  /** As it stands in `iss`, to the letter. */
  readonly url: string;
  readonly audience: string;
  readonly scopesClaim: string;
  readonly algorithms: readonly string[];
}

/** Signatures whose key need not be shared with the issuer. Source: RFC 7518 and RFC 8037. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Reads the variables about the token issuer; null where none is named. Throws a ConfigError. */
export function readIssuer(env: Environment): Issuer | null {
  const url = env['OIDC_ISSUER'] || '';
  const audience = env['OIDC_AUDIENCE'] || '';
  const example = 'https://login.example.com/tenant';
  if (url === '' && audience === '') return null;
  if (url === '') throw new ConfigError('OIDC_ISSUER', 'is missing, and OIDC_AUDIENCE is set', example);
  const parsed = parseBaseUrl(url);
  if (parsed === null || (parsed.protocol !== 'https:' && !isLoopback(parsed)))
    throw new ConfigError('OIDC_ISSUER', 'has to be an https address, as it stands in `iss`', example);
  if (audience === '')
    throw new ConfigError(
      'OIDC_AUDIENCE',
      'is missing, and OIDC_ISSUER is set',
      'https://access.example.com',
    );
  return { url, audience, scopesClaim: readScopesClaim(env), algorithms: readAlgorithms(env) };
}

function readScopesClaim(env: Environment): string {
  const claim = env['OIDC_SCOPES_CLAIM'] || 'scope';
  if (/^[\x21-\x7e]{1,200}$/.test(claim)) return claim;
  throw new ConfigError('OIDC_SCOPES_CLAIM', 'has to be the name of a claim', 'scope');
}

function readAlgorithms(env: Environment): readonly string[] {
  const algorithms = readList(env, 'OIDC_ALGORITHMS');
  const bad = algorithms.find((name) => !ALGORITHMS.includes(name));
  if (bad === undefined) return algorithms.length > 0 ? algorithms : ['RS256'];
  throw new ConfigError('OIDC_ALGORITHMS', `has to be of ${ALGORITHMS.join(', ')}`, 'RS256,ES256');
}
