import type { Account } from '../identity/account.js';
import { AwsError } from '../wire/aws-error.js';
import type { World } from '../world.js';

/** A Lambda function, whose code is one file of Node.js. */
export interface LambdaFunction extends FunctionConfiguration {
  readonly arn: string;
  readonly name: string;
  readonly account: Account;
  readonly region: string;
}

export interface FunctionConfiguration {
  /** The text of `index.js`. */
  readonly code: string;
  /** Such as `index.handler`. */
  readonly handler: string;
  readonly runtime: string;
  readonly roleArn: string;
  readonly timeoutSeconds: number;
  readonly memorySize: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** Makes a function. Throws Lambda's errors. */
export function createFunction(
  world: World,
  place: Pick<LambdaFunction, 'account' | 'region' | 'name'>,
  configuration: FunctionConfiguration,
): LambdaFunction {
  const { account, region, name } = place;
  const arn = functionArn(account, region, name);
  if (world.functions.has(arn)) {
    throw new AwsError('ResourceConflictException', `Function already exist: ${name}`, 409);
  }
  const made = { arn, ...place, ...configuration };
  world.functions.set(arn, made);
  return made;
}

/** The ARN of a function. */
export function functionArn({ partition, id }: Account, region: string, name: string): string {
  return `arn:${partition}:lambda:${region}:${id}:function:${name}`;
}

/** The function with this ARN. Throws `ResourceNotFoundException`. */
export function getFunction(world: World, arn: string): LambdaFunction {
  const found = world.functions.get(arn);
  if (found === undefined) {
    throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
  }
  return found;
}

/** The error for a parameter that Lambda does not take. */
export function invalidParameterValue(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message);
}
