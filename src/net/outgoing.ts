import { lookup as askSystem, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { type ClientRequest, request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { whereaboutsOf } from './public-address.js';

/**
 * Sends to addresses that came from outside: no redirects, no private addresses (checked at the connection,
 * where no DNS answer can change any more), a time limit, a size limit. The simulator's origin alone is
 * exempt, and only where one is configured. Rejects with `NotAllowed`, or what broke the exchange off.
 */
export type Outgoing = (request: OutgoingRequest) => Promise<OutgoingResponse>;

export interface OutgoingRequest {
  readonly url: URL;
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Allows plain http: only for what proves itself, as a certificate does by its signature. */
  readonly plain?: boolean;
  /** Allows addresses on loopback beside public ones: in development only. */
  readonly loopback?: boolean;
  /** For the whole exchange, in milliseconds. */
  readonly timeout: number;
  /** Reads so many bytes of the response and no more. Where it is left out, too long a response is refused. */
  readonly cutAt?: number;
}

export interface OutgoingResponse {
  readonly status: number;
  readonly body: Buffer;
}

/** Thrown where an address is none that anything is sent to. */
export class NotAllowed extends Error {}

const LONGEST_RESPONSE = 64 * 1024;

/** Asks what a name leads to. */
type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export function makeOutgoing(simulatorOrigin: string | null, resolve: Resolve = askSystem): Outgoing {
  const lookup = makeLookup(resolve);
  const agents = {
    public: new Agent({ keepAlive: true, maxSockets: 50, lookup: lookup(false) }),
    loopback: new Agent({ keepAlive: true, maxSockets: 50, lookup: lookup(true) }),
  };

  const open = (request: OutgoingRequest): ClientRequest => {
    const { url, method, headers = {}, body, plain = false, loopback = false, timeout } = request;
    const simulated = simulatorOrigin !== null && url.origin === simulatorOrigin;
    const allowed = url.protocol === 'https:' || (plain && url.protocol === 'http:');
    if (!simulated && !allowed) throw new NotAllowed(`${url.protocol} is not allowed`);
    if (!simulated && !mayConnect(url.hostname, loopback))
      throw new NotAllowed(`${url.hostname} is not a public address`);
    const options = {
      method,
      headers: { ...headers, 'content-length': body?.length ?? 0 },
      signal: AbortSignal.timeout(timeout),
    };
    if (url.protocol === 'http:')
      return httpRequest(url, simulated ? options : { ...options, lookup: lookup(loopback) });
    return httpsRequest(url, { ...options, agent: loopback ? agents.loopback : agents.public });
  };

  const send: Outgoing = (request) =>
    new Promise((resolve, reject) => {
      const sent = open(request);
      let answered = false;
      sent.on('error', (error) => {
        // The other side may close an idle connection at the very moment that it is used again.
        const stale = !answered && sent.reusedSocket && 'code' in error && error.code === 'ECONNRESET';
        if (stale) resolve(send(request));
        else reject(error);
      });
      // Node says nothing at all where nobody listens for it, and the request would never end.
      sent.on('upgrade', (_, socket) => {
        socket.destroy();
        reject(Object.assign(new Error('the other side wants another protocol'), { code: 'HPE_UPGRADE' }));
      });
      sent.on('response', (response) => {
        answered = true;
        const { cutAt } = request;
        const chunks: Buffer[] = [];
        let size = 0;
        const done = () =>
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).subarray(0, cutAt ?? LONGEST_RESPONSE),
          });
        response.on('error', reject);
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          chunks.push(chunk);
          if (size <= (cutAt ?? LONGEST_RESPONSE)) return;
          if (cutAt !== undefined) done();
          response.destroy(new Error('the response is too long'));
        });
        response.on('end', done);
      });
      sent.end(request.body);
    });
  return send;
}

/** Whether a host that is written as an address may be connected to; names are left to the lookup. */
function mayConnect(host: string, loopback: boolean): boolean {
  const where = whereaboutsOf(host);
  return where === null || where === 'public' || (loopback && where === 'loopback');
}

/** For sockets, which connect to what this answers: refuses a name that leads to an address inside. */
function makeLookup(resolve: Resolve) {
  return (loopback: boolean): LookupFunction =>
    (hostname, options, callback) => {
      resolve(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, []);
        if (addresses.some(({ address }) => !mayConnect(address, loopback)))
          return callback(new NotAllowed(`${hostname} leads to a private address`), []);
        const [first] = addresses;
        if (options.all === true || first === undefined) return callback(null, addresses);
        callback(null, first.address, first.family);
      });
    };
}
