import { partitions } from '../../core/partition.js';
import { AwsError } from './aws-error.js';
import type { Request } from './exchange.js';
import type { Signature } from './signature.js';

/** Where a request was sent, where its Host header is that of an AWS endpoint: `sts.eu-west-1.amazonaws.com`. */
export interface Endpoint {
  readonly service: string;
  readonly region: string;
}

const suffixes = [...new Set(partitions.map(({ dnsSuffix }) => dnsSuffix))];

/** The endpoint that a request names; `undefined` where it names the sandbox itself. */
export function endpointOf(request: Request): Endpoint | undefined {
  const host = request.headers.get('host')?.toLowerCase() ?? '';
  const suffix = suffixes.find((each) => host.endsWith(`.${each}`));
  if (suffix === undefined) return undefined;
  // The names without a region are those of the global endpoints, which are in us-east-1.
  const [service = '', region = 'us-east-1', ...others] = host.slice(0, -suffix.length - 1).split('.');
  return others.length === 0 ? { service, region } : undefined;
}

/** Throws `SignatureDoesNotMatch` where a signature was made for another service, region or day than it is used for. */
export function checkScope(request: Request, signature: Signature): void {
  const { signedHeaders, date, signedAt, region, service } = signature;
  if (!signedHeaders.includes('host')) {
    throw mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  const day = new Date(signedAt).toISOString().slice(0, 10).replaceAll('-', '');
  if (date !== day) {
    throw mismatch(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${day}'.`,
    );
  }
  const endpoint = endpointOf(request);
  if (endpoint === undefined) return;
  if (service !== endpoint.service) {
    throw mismatch(`Credential should be scoped to correct service: '${endpoint.service}'.`);
  }
  if (region !== endpoint.region) {
    throw mismatch('Credential should be scoped to a valid region.');
  }
}

function mismatch(message: string): AwsError {
  return new AwsError('SignatureDoesNotMatch', message, 403);
}
