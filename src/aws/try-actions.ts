import { Readable } from 'node:stream';
import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { isRegionOf } from '../core/partition.js';
import type { RoleArn } from '../core/role-arn.js';
import type { Permissions } from '../core/verdict.js';
import { readTrial, type TrialAnswer } from './trial-answer.js';
import { type TrialCall, trialCall } from './trial-calls.js';
import { endpointIn, type TrialEndpoint } from './trial-services.js';

/** How the calls are made: with the session's credentials, on the service's sockets, by its time-outs. */
export type TrialSettings = Required<Pick<STSClientConfig, 'credentials' | 'requestHandler'>> & {
  /** Between this machine's clock and AWS's, in milliseconds. */
  readonly systemClockOffset: number;
};

/** In milliseconds, for all calls of one session; what is not answered by then is unchecked. */
const TRY_FOR = 6_000;
const AT_ONCE = 4;
const LONGEST_ANSWER = 64 * 1024;

/**
 * Finds out which actions a role may do by doing them: one call that only reads for each action that one is known
 * for, made once and not repeated, in `region`. Returns every action in its place. Never throws: what could not be
 * asked is unchecked.
 */
export async function tryActions(
  settings: TrialSettings,
  role: RoleArn,
  region: string,
  actions: readonly string[],
  tryFor = TRY_FOR,
): Promise<Permissions> {
  const signal = AbortSignal.timeout(tryFor);
  const kinds = new Map<string, keyof Permissions>();
  const left = actions.values();
  const tryThose = async () => {
    for (const action of left) kinds.set(action, await tryAction(settings, role, region, action, signal));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, tryThose));
  const of = (kind: keyof Permissions) => actions.filter((action) => kinds.get(action) === kind);
  return { granted: of('granted'), missing: of('missing'), denied: of('denied'), unchecked: of('unchecked') };
}

async function tryAction(
  settings: TrialSettings,
  role: RoleArn,
  region: string,
  action: string,
  signal: AbortSignal,
): Promise<keyof Permissions> {
  const call = trialCall(action);
  if (call === undefined || signal.aborted) return 'unchecked';
  try {
    const answer = await send(settings, role, region, call, signal);
    return answer === null ? 'unchecked' : readTrial(answer, call.proof);
  } catch {
    return 'unchecked';
  }
}

/** One signed request; null where there is no endpoint to send it to. */
async function send(
  settings: TrialSettings,
  role: RoleArn,
  region: string,
  { service, request }: TrialCall,
  abortSignal: AbortSignal,
): Promise<TrialAnswer | null> {
  // A client for the sake of what the SDK knows by the service's ID: its settings for endpoints, and its signer.
  const { config } = new STSClient({ ...settings, serviceId: service.id, region });
  const at = isRegionOf(role.partition, region) ? endpointIn(service, role.partition, region) : null;
  const url = at && (await endpointUrl(config, at));
  if (at === null || url === null) return null;
  const { protocol, hostname, port, host, pathname } = new URL(url);
  const { method, path, query, headers, body } = request(role.account);
  const unsigned = {
    ...{ method, protocol, hostname, query: { ...query }, body },
    path: pathname.replace(/\/$/, '') + path,
    ...(port !== '' && { port: Number(port) }),
    headers: { ...headers, host },
  };
  const scheme = { name: 'sigv4', signingName: service.name, signingRegion: at.region, properties: {} };
  const signer = await config.signer(scheme);
  const signingDate = new Date(Date.now() + settings.systemClockOffset);
  const signed = await signer.sign(unsigned, { signingDate });
  const { response } = await config.requestHandler.handle(signed, { abortSignal });
  return { status: response.statusCode, headers: response.headers, body: await bodyOf(response.body) };
}

/** An endpoint that was set for the service or for all of them comes first; null where only FIPS's would do. */
async function endpointUrl(config: STSClient['config'], at: TrialEndpoint): Promise<string | null> {
  const set = await config.serviceConfiguredEndpoint?.();
  if (set !== undefined) return set;
  return (await config.useFipsEndpoint()) ? null : at.url;
}

async function bodyOf(body: unknown): Promise<string> {
  if (!(body instanceof Readable)) return '';
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    // What is left of an answer this long is a list, and the permission is proven by it.
    if (size > LONGEST_ANSWER) break;
  }
  return Buffer.concat(chunks).toString();
}
