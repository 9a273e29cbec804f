import { isIP } from 'node:net';
import { ConfigError } from './config-error.js';
import { type Environment, parseBaseUrl, readList, readNumber } from './environment.js';

/** What one caller may ask of one copy of the service, and whom it believes about who calls. */
export interface Limits {
  /** Requests of one key within a minute. */
  readonly requestsPerMinute: number;
  /** Failed authentications of one address within a minute. */
  readonly authFailuresPerMinute: number;
  /** Resident memory in bytes, from which on requests are turned away; null where the container's limit decides. */
  readonly memory: number | null;
  /** How long a request may take to arrive, in milliseconds. */
  readonly requestTimeout: number;
  /** Web origins whose pages may call the API from a browser. */
  readonly corsOrigins: readonly string[];
  /** Proxies whose X-Forwarded-For is believed: how many there are, or their addresses; null where none is. */
  readonly trustProxy: number | readonly string[] | null;
}

/** Reads the variables about limits. Throws a ConfigError. */
export function readLimits(env: Environment): Limits {
  const megabytes = readNumber(env, 'MEMORY_LIMIT_MB', 0, [0, 1_000_000]);
  return {
    requestsPerMinute: readNumber(env, 'RATE_LIMIT_PER_MINUTE', 6_000, [1, 100_000_000]),
    authFailuresPerMinute: readNumber(env, 'AUTH_FAILURES_PER_MINUTE', 60, [1, 100_000_000]),
    memory: megabytes === 0 ? null : megabytes * 1024 * 1024,
    requestTimeout: readNumber(env, 'REQUEST_TIMEOUT_SECONDS', 30, [1, 300]) * 1_000,
    corsOrigins: readCorsOrigins(env),
    trustProxy: readTrustProxy(env),
  };
}

function readCorsOrigins(env: Environment): readonly string[] {
  return readList(env, 'CORS_ORIGINS').map((text) => {
    const url = parseBaseUrl(text);
    if (url !== null && url.origin === text) return text;
    const fault = 'has to be origins with commas between them, each as a browser sends it';
    throw new ConfigError('CORS_ORIGINS', fault, 'https://admin.example.com');
  });
}

const NAMED_RANGES = new Set(['loopback', 'linklocal', 'uniquelocal']);

function readTrustProxy(env: Environment): Limits['trustProxy'] {
  const values = readList(env, 'TRUST_PROXY');
  const [only = ''] = values;
  if (values.length === 0) return null;
  if (values.length === 1 && /^[1-9]$/.test(only)) return Number(only);
  if (values.every((value) => NAMED_RANGES.has(value) || isRange(value))) return values;
  const fault = 'has to be the number of proxies (1 to 9), or their addresses with commas between them';
  throw new ConfigError('TRUST_PROXY', fault, '1');
}

function isRange(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return (
    prefix === undefined || (/^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
  );
}
