import { parseArn } from '../core/arn.js';
import type { TrustedPrincipal } from '../templates/render.js';
import { type Finding, OK } from './finding.js';

/** Who AWS says the service is, and by how much AWS's clock is ahead of ours, in milliseconds; null where unknown. */
export interface Identity {
  readonly arn: string | null;
  /** The name of AWS's error. */
  readonly error: string | null;
  /** Whether the credentials are at fault, and not the way to AWS. */
  readonly isRefused: boolean;
  readonly clockAhead: number | null;
}

/** Where STS says nothing. */
export const NO_ANSWER: Identity = {
  ...{ arn: null, clockAhead: null },
  ...{ error: 'no answer', isRefused: false },
};

/**
 * Whether the service runs as the principal that clients' roles trust: by any other it enters none of them. Where AWS
 * does not answer, that says nothing of the credentials, and the API can go on.
 */
export function checkCredentials({ arn, error, isRefused }: Identity, principal: TrustedPrincipal): Finding {
  if (arn !== null && isSessionOf(arn, principal)) return OK;
  if (arn !== null)
    return {
      status: 'failed',
      detail:
        `The service's credentials are those of ${arn}, and clients' roles trust ${principal.text}. ` +
        'Run it by that role or user, or correct TRUSTED_PRINCIPAL_ARN.',
    };
  if (isRefused)
    return {
      status: 'failed',
      detail: `AWS does not take the service's credentials (${error}). Give it valid ones of ${principal.text}.`,
    };
  const detail = `STS does not say whose the service's credentials are (${error}). See that it can be reached.`;
  return { status: 'warning', detail };
}

/** A session of a role is named without the role's path. Source: IAM User Guide, "IAM identifiers". */
function isSessionOf(caller: string, principal: TrustedPrincipal): boolean {
  if (caller === principal.text) return true;
  const arn = parseArn(caller);
  const [kind, ...path] = parseArn(principal.text)?.resource.split('/') ?? [];
  if (arn === null || kind !== 'role' || arn.service !== 'sts') return false;
  const isSame = arn.account === principal.account && arn.partition.id === principal.partition.id;
  return isSame && arn.resource.startsWith(`assumed-role/${path.at(-1)}/`);
}

/** Both in milliseconds. AWS refuses signatures that are five minutes off. Source: IAM User Guide, Signature V4. */
const MOST_OFF = 5 * 60_000;
const WORTH_A_WORD = 60_000;

/** Whether this machine's clock is near AWS's. */
export function checkClock({ clockAhead }: Identity): Finding {
  if (clockAhead === null)
    return { status: 'warning', detail: "The clock could not be compared with AWS's: STS does not answer." };
  const off = Math.abs(clockAhead);
  if (off < WORTH_A_WORD) return OK;
  const detail =
    `This machine's clock is ${Math.round(off / 1_000)} s ${clockAhead > 0 ? 'behind' : 'ahead of'} AWS's, which ` +
    'refuses what is signed 300 s off. Have it set by NTP (in AWS: the Amazon Time Sync Service).';
  return { status: off >= MOST_OFF ? 'failed' : 'warning', detail };
}
