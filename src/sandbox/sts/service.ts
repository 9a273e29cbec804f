import type { Caller } from '../identity/caller.js';
import { AwsError } from '../wire/aws-error.js';
import type { QueryAction, QueryService } from '../wire/query.js';
import type { World } from '../world.js';
import { assumeRole } from './assume-role.js';
import { getSessionToken } from './get-session-token.js';

const getCallerIdentity: QueryAction = (_world, caller) => ({
  Arn: caller.arn,
  UserId: caller.userId,
  Account: caller.account.id,
});

/** The Security Token Service. */
export const sts: QueryService = {
  namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  actions: {
    AssumeRole: counted('AssumeRole', assumeRole),
    GetCallerIdentity: counted('GetCallerIdentity', getCallerIdentity),
    GetSessionToken: counted('GetSessionToken', getSessionToken),
  },
};

/** Counts the outcome, and lets the faults of STS strike first. */
function counted(name: string, action: QueryAction): QueryAction {
  return async (world, caller, input) => {
    try {
      strike(world, caller, input.text('RoleArn')?.split(':')[4]);
      const result = await action(world, caller, input);
      world.stsCalls.add(name, 'ok');
      return result;
    } catch (error) {
      world.stsCalls.add(name, error instanceof AwsError ? error.code : 'InternalFailure');
      throw error;
    }
  };
}

function strike(world: World, caller: Caller, target = caller.account.id): void {
  const accounts = [caller.account.id, target];
  if (world.faults.strikes('sts-throttle', ...accounts)) throw new AwsError('Throttling', 'Rate exceeded');
  if (world.faults.strikes('sts-outage', ...accounts)) {
    throw new AwsError(
      'InternalFailure',
      'The request processing has failed because of an unknown error',
      500,
    );
  }
  if (world.faults.strikes('sts-region-disabled', ...accounts)) {
    throw new AwsError(
      'RegionDisabledException',
      `STS is not activated in this region for account:${caller.account.id}. Your account administrator can activate STS in this region using the IAM Console.`,
      403,
    );
  }
}
