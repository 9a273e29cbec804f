import { checkCode } from '../iam/mfa.js';
import { callerContext, identityDecision } from '../iam/permission.js';
import { AwsError } from '../wire/aws-error.js';
import type { QueryAction } from '../wire/query.js';
import { checkRange, readMfa } from './assume-role-input.js';
import { describeCredentials } from './credentials.js';

/**
 * GetSessionToken: a session of the user who asks, with MFA if a code comes along. Nobody needs permission for it,
 * but it can be denied. Throws `AccessDenied` and `ValidationError`.
 */
export const getSessionToken: QueryAction = (world, caller, query) => {
  const { serialNumber, tokenCode } = readMfa(query);
  const seconds = query.integer('DurationSeconds') ?? 43_200;
  checkRange('DurationSeconds', seconds, 900, 129_600);
  const { account, user, session, userSession } = caller;
  if (session !== undefined || userSession !== undefined) {
    throw new AwsError('AccessDenied', 'Cannot call GetSessionToken with session credentials', 403);
  }
  const action = 'sts:GetSessionToken';
  if (identityDecision(caller, { action, resource: '*', context: callerContext(caller) }) === 'deny') {
    throw new AwsError(
      'AccessDenied',
      `User: ${caller.arn} is not authorized to perform: ${action} on resource: * with an explicit deny in an identity-based policy`,
      403,
    );
  }
  const mfaAt = checkCode(caller, serialNumber, tokenCode) ? world.sessions.now() : undefined;
  return { Credentials: describeCredentials(world.sessions.beginForUser({ account, user, mfaAt }, seconds)) };
};
