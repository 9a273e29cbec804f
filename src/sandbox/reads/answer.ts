import { requirePermission } from '../iam/permission.js';
import type { Caller } from '../identity/caller.js';
import { AwsError } from '../wire/aws-error.js';
import type { Reply, Request } from '../wire/exchange.js';
import type { World } from '../world.js';
import { type ReadInput, readInput } from './input.js';
import type { ReadService } from './operation.js';
import { readReply } from './reply.js';

/**
 * Answers a signed request to a service that is read from: whether the caller may ask, and mostly that there is nothing.
 * Parameters are looked at first, as services do, so that a failed validation says nothing about permissions.
 */
export function answerRead(world: World, service: ReadService, caller: Caller, request: Request): Reply {
  const input = readInput(service, request);
  if (world.faults.strikes('read-throttle', caller.account.id)) throw throttled(service);
  checkParameters(service, input);
  requirePermission(caller, input.operation.action, '*');
  if (service.protocol === 'ec2' && input.text('DryRun') === 'true') {
    throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
  }
  return readReply(service, request, input, input.operation.answer?.(world, caller, input));
}

function checkParameters({ protocol }: ReadService, { operation, text }: ReadInput): void {
  for (const name of operation.required ?? []) {
    if (text(name) === undefined) throw invalid(protocol, `${name} has to be there`);
  }
  const [name, least, most] = operation.page ?? ['', 0, 0];
  const size = text(name);
  if (size === undefined || (Number(size) >= least && Number(size) <= most)) return;
  throw invalid(protocol, `Invalid value ${size} for ${name}. Must be between ${least} and ${most}`);
}

function invalid(protocol: ReadService['protocol'], message: string): AwsError {
  const byQuery = protocol === 'query' || protocol === 'ec2';
  return new AwsError(byQuery ? 'InvalidParameterValue' : 'ValidationException', message);
}

function throttled({ protocol }: ReadService): AwsError {
  if (protocol === 'ec2') return new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503);
  return new AwsError(protocol === 'query' ? 'Throttling' : 'ThrottlingException', 'Rate exceeded');
}
