import { AwsError } from '../wire/aws-error.js';
import type { Request } from '../wire/exchange.js';
import { checkScope } from '../wire/scope-check.js';
import { type Signature, signatureFits } from '../wire/signature.js';
import type { World } from '../world.js';
import { isAccountId } from './account.js';
import { administratorOf, type Caller, callerOf, userCaller, userSessionCaller } from './caller.js';

/** The secret of every account's administrator, whose access key ID is the account's number. */
const administratorSecret = 'sandbox';

/** Finds out who signed a request. Throws what AWS answers to an unknown key, a wrong secret or an old signature. */
export function authenticate(world: World, request: Request, signature: Signature): Caller {
  const { accessKeyId, region, token } = signature;
  const { sessions } = world;
  const session = sessions.find(accessKeyId) ?? sessions.findOfUser(accessKeyId);
  const owner = session === undefined ? ownerOf(world, accessKeyId) : undefined;
  const known =
    session !== undefined ? session.token === token : owner !== undefined || isAccountId(accessKeyId);
  if (!known) throw unknownKey(signature);
  checkScope(request, signature);
  checkSignature(request, signature, session?.secretAccessKey ?? owner?.secret ?? administratorSecret);
  if (owner !== undefined) return userCaller(owner.account, owner.user, region);
  if (session === undefined) return administratorOf(world.accounts.open(accessKeyId, region), region);
  if (session.expiresAt.getTime() <= sessions.now()) throw expired(signature);
  return 'role' in session ? callerOf(session, region) : userSessionCaller(session, region, sessions.now());
}

/** The user whose access key this is, with the secret that goes with it. */
function ownerOf(world: World, accessKeyId: string) {
  for (const account of world.accounts.list())
    for (const user of account.users.values()) {
      const secret = user.accessKeys.get(accessKeyId)?.secret;
      if (secret !== undefined) return { account, user, secret };
    }
  return undefined;
}

function checkSignature(request: Request, signature: Signature, secret: string): void {
  if (!signatureFits(request, signature, secret)) {
    throw new AwsError(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
      403,
    );
  }
  const now = Date.now();
  if (now < signature.validFrom || now > signature.expiresAt) throw outOfTime(signature);
}

function outOfTime(signature: Signature): AwsError {
  if (signature.form === 'query') return new AwsError('AccessDenied', 'Request has expired', 403);
  if (signature.service === 's3') {
    const message = 'The difference between the request time and the current time is too large.';
    return new AwsError('RequestTimeTooSkewed', message, 403);
  }
  const compact = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
  const [now, minutes] = [Date.now(), 15 * 60_000];
  const fault =
    signature.signedAt < now
      ? `Signature expired: ${compact(signature.signedAt)} is now earlier than ${compact(now - minutes)} (${compact(now)} - 15 min.)`
      : `Signature not yet current: ${compact(signature.signedAt)} is still later than ${compact(now + minutes)} (${compact(now)} + 15 min.)`;
  return new AwsError('SignatureDoesNotMatch', fault, 403);
}

function unknownKey(signature: Signature): AwsError {
  return signature.service === 's3'
    ? new AwsError(
        'InvalidAccessKeyId',
        'The AWS Access Key Id you provided does not exist in our records.',
        403,
      )
    : new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403);
}

function expired(signature: Signature): AwsError {
  return signature.service === 's3'
    ? new AwsError('ExpiredToken', 'The provided token has expired.')
    : new AwsError('ExpiredToken', 'The security token included in the request is expired', 403);
}
