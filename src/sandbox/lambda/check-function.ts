import type { Role } from '../iam/role.js';
import type { Account } from '../identity/account.js';
import { policyContext } from '../policy/context.js';
import { evaluate } from '../policy/evaluate.js';
import { AwsError } from '../wire/aws-error.js';
import { type FunctionConfiguration, invalidParameterValue } from './function.js';

const runtimes = ['nodejs20.x', 'nodejs22.x', 'nodejs24.x'];

/** Variables that Lambda sets itself. */
const reserved =
  /^(AWS_(REGION|DEFAULT_REGION|LAMBDA_\w+|EXECUTION_ENV|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|_HANDLER|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$/;

/** Throws what Lambda answers to a configuration that it cannot take. */
export function checkFunction(account: Account, arn: string, configuration: FunctionConfiguration): void {
  const { runtime, timeoutSeconds, environment } = configuration;
  if (/^nodejs\d*(\.x)?$/.test(runtime) && !runtimes.includes(runtime)) {
    throw invalidParameterValue(
      `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`,
    );
  }
  if (!runtimes.includes(runtime)) {
    throw invalidParameterValue(
      `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${runtimes.join(', ')}] or be a valid ARN (the sandbox knows no other)`,
    );
  }
  if (!Number.isInteger(timeoutSeconds) || timeoutSeconds < 1 || timeoutSeconds > 900) {
    throw invalidParameterValue(
      `Value '${timeoutSeconds}' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900`,
    );
  }
  const taken = Object.keys(environment).filter((name) => reserved.test(name));
  if (taken.length > 0) {
    throw invalidParameterValue(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${taken.join(', ')}`,
    );
  }
  functionRole(account, arn, configuration.roleArn);
}

/**
 * The role that a function runs as, which has to trust Lambda. A role that has not propagated is taken as it will be:
 * CloudFormation tries again until Lambda knows it. Throws Lambda's errors.
 */
export function functionRole(account: Account, arn: string, roleArn: string): Role {
  if (roleArn.split(':')[4] !== account.id) {
    throw new AwsError('AccessDeniedException', 'Cross-account pass role is not allowed.', 403);
  }
  const role = [...account.roles.values()].find((each) => each.arn === roleArn);
  const trust = role?.trusts.at(-1)?.trust.document;
  const request = {
    action: 'sts:AssumeRole',
    resource: roleArn,
    principal: [['Service:lambda.amazonaws.com']],
    context: policyContext({ 'aws:SourceAccount': account.id, 'aws:SourceArn': arn }),
  };
  if (role === undefined || trust === undefined || evaluate([trust], request) !== 'allow') {
    throw invalidParameterValue('The role defined for the function cannot be assumed by Lambda.');
  }
  return role;
}
