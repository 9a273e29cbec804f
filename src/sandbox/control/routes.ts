import { parseFault } from '../faults.js';
import { isAccountId } from '../identity/account.js';
import { changeSettings } from '../settings.js';
import { AwsError, validationError } from '../wire/aws-error.js';
import { jsonReply, type Reply, type Request } from '../wire/exchange.js';
import { type Json, parseJson } from '../wire/json.js';
import type { World } from '../world.js';
import { answerOrganizations } from './organizations.js';
import { describeWorld } from './state.js';

/** Answers `/_sandbox/…`: faults, settings, organizations, what the sandbox holds, and credentials for the service. */
export function answerControl(world: World, request: Request): Reply {
  if (/^\/_sandbox\/organizations(\/|$)/.test(request.path)) {
    return answerOrganizations(world, request, () => readBody(request));
  }
  switch (`${request.method} ${request.path.slice('/_sandbox/'.length)}`) {
    case 'GET faults':
      return jsonReply(world.faults.list());
    case 'POST faults':
      world.faults.add(parseFault(readBody(request)));
      return jsonReply(world.faults.list(), 201);
    case 'DELETE faults':
      world.faults.clear();
      return { status: 204, headers: {}, body: '' };
    case 'GET settings':
      return jsonReply(world.settings);
    case 'PATCH settings':
      changeSettings(world.settings, readBody(request));
      return jsonReply(world.settings);
    case 'GET state':
      return jsonReply(describeWorld(world));
    case 'GET credentials':
      return jsonReply(taskCredentials(world, request.query.get('role') ?? ''));
    default:
      throw new AwsError('NotFound', 'The sandbox has no such control', 404);
  }
}

/** Credentials of a role, given like those of an ECS task: without a trust policy being asked. */
function taskCredentials(world: World, roleArn: string): Record<string, string> {
  const [, , , , accountId = '', resource = ''] = roleArn.split(':');
  if (!isAccountId(accountId)) throw validationError('role is the ARN of a role');
  const account = world.accounts.open(accountId);
  const role = account.roles.get(resource.slice(resource.lastIndexOf('/') + 1).toLowerCase());
  if (role?.arn !== roleArn) throw new AwsError('NotFound', `There is no role ${roleArn}`, 404);
  const session = world.sessions.begin({ account, role, name: 'sandbox-task' }, 6 * 3600);
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    Token: session.token,
    Expiration: session.expiresAt.toISOString(),
    RoleArn: role.arn,
  };
}

function readBody(request: Request): Json {
  try {
    return parseJson(request.body.toString('utf8'));
  } catch {
    throw validationError('the body is not JSON');
  }
}
