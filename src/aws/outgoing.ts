import { lookup as dnsLookup } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * Sends to addresses that came from outside: no redirects, no private addresses (checked at the connection,
 * where no DNS answer can change any more), a time limit, a size limit. The simulator's origin alone is
 * exempt, and only where one is configured.
 */
export type Outgoing = (request: OutgoingRequest) => Promise<OutgoingResponse>;

export interface OutgoingRequest {
  readonly url: URL;
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Allows plain http: only for what proves itself, as a certificate does by its signature. */
  readonly plain?: boolean;
  /** For the whole exchange, in milliseconds. */
  readonly timeout: number;
}

export interface OutgoingResponse {
  readonly status: number;
  readonly body: Buffer;
}

const LONGEST_RESPONSE = 64 * 1024;

export function makeOutgoing(simulatorOrigin: string | null): Outgoing {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 50,
    lookup: publicLookup,
  });
  return ({ url, method, headers = {}, body, plain = false, timeout }) =>
    new Promise((resolve, reject) => {
      const simulated = simulatorOrigin !== null && url.origin === simulatorOrigin;
      const allowed = url.protocol === 'https:' || (plain && url.protocol === 'http:');
      if (!simulated && !allowed) throw new Error(`${url.protocol} is not allowed`);
      if (!simulated && isPrivate(url.hostname)) throw new Error(`${url.hostname} is not a public address`);
      const signal = AbortSignal.timeout(timeout);
      const options = {
        method,
        headers: { ...headers, 'content-length': body?.length ?? 0 },
        signal,
      };
      const sent =
        url.protocol === 'http:'
          ? httpRequest(url, simulated ? options : { ...options, lookup: publicLookup })
          : httpsRequest(url, { ...options, agent });
      sent.on('error', reject);
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('error', reject);
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > LONGEST_RESPONSE) response.destroy(new Error('the response is too long'));
          else chunks.push(chunk);
        });
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks),
          }),
        );
      });
      sent.end(body);
    });
}

/** Resolves like the system does, and refuses a name that leads to an address inside. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, []);
    const inside = addresses.find(({ address }) => isPrivate(address));
    if (inside !== undefined) return callback(new Error(`${hostname} leads to a private address`), []);
    const [first] = addresses;
    if (options.all === true || first === undefined) return callback(null, addresses);
    callback(null, first.address, first.family);
  });
};

/** Addresses that are not the public internet. Source: IANA's special-purpose address registries. */
const inside = new BlockList();
for (const [network, prefix] of [
  ...([
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
  ] as const),
  ...([
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
  ] as const),
  ...([
    ['192.0.2.0', 24],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 3],
  ] as const),
])
  inside.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ...([
    ['::', 128],
    ['::1', 128],
    ['64:ff9b::', 96],
    ['64:ff9b:1::', 48],
    ['100::', 64],
  ] as const),
  ...([
    ['2001:db8::', 32],
    ['2002::', 16],
    ['fc00::', 7],
    ['fe80::', 10],
    ['ff00::', 8],
  ] as const),
])
  inside.addSubnet(network, prefix, 'ipv6');

/** Whether a literal address lies inside; names are left to the lookup. Mapped IPv4 is judged as IPv4. */
export function isPrivate(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '');
  const family = isIP(address);
  return family !== 0 && inside.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
