import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Caller } from '../core/caller.js';
import { Problem } from '../core/problem.js';
import { scopes } from '../core/scope.js';
import type { VerifyToken } from '../keys/recognize-caller.js';
import { makeFindKeys } from './find-keys.js';

export interface TokenIssuer {
  readonly url: string;
  readonly audience: string;
  readonly scopesClaim: string;
  readonly algorithms: readonly string[];
}

/** How far the issuer's clock may be from ours, in seconds. */
const CLOCK_SKEW = 30;

/**
 * Access tokens of the one issuer: a JWT for this audience, signed by a key that the issuer publishes, with one of the
 * algorithms that are configured, and neither over nor still to begin. What else the issuer's keys sign is for others.
 *
 * The keys are kept for 10 minutes and read anew for a key id that is not among them, at most twice a minute (jose).
 */
export function makeVerifyToken({ url, audience, scopesClaim, algorithms }: TokenIssuer): VerifyToken {
  const findKeys = makeFindKeys(url, (address) => createRemoteJWKSet(address, { timeoutDuration: 3_000 }));
  const rules = {
    issuer: url,
    audience,
    algorithms: [...algorithms],
    clockTolerance: CLOCK_SKEW,
    requiredClaims: ['exp', 'sub'],
  };
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, await findKeys(), rules);
      return { outcome: 'known', caller: callerOf(payload, scopesClaim) };
    } catch (error) {
      if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
        return { outcome: 'refused', detail: `The token is not taken: ${error.message}.` };
      if (isOfTheToken(error))
        return { outcome: 'refused', detail: 'The token is not signed as it has to be.' };
      throw new Problem('unavailable', 'The keys of the token issuer cannot be read.');
    }
  };
}

const LONGEST_NAME = 128;

function callerOf({ sub = '', exp = 0, ...claims }: JWTPayload, scopesClaim: string): Caller {
  const claim: unknown = claims[scopesClaim];
  const named: readonly unknown[] = Array.isArray(claim)
    ? claim
    : typeof claim === 'string'
      ? claim.split(' ')
      : [];
  return {
    id: `oidc:${sub}`,
    actor: { type: 'oidc', name: sub.slice(0, LONGEST_NAME) },
    scopes: scopes.filter((scope) => named.includes(scope)),
    clients: null,
    maxDurationSeconds: null,
    expiresAt: exp * 1_000,
  };
}

/** Whether it is the token that is wrong, rather than what its issuer answers. */
function isOfTheToken(error: unknown): boolean {
  return [
    errors.JWSInvalid,
    errors.JWTInvalid,
    errors.JWSSignatureVerificationFailed,
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
    errors.JOSEAlgNotAllowed,
    errors.JOSENotSupported,
  ].some((kind) => error instanceof kind);
}
