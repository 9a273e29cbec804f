import { checkFunction } from '../../lambda/check-function.js';
import {
  createFunction,
  type FunctionConfiguration,
  functionArn,
  getFunction,
} from '../../lambda/function.js';
import { AwsError } from '../../wire/aws-error.js';
import { isObject } from '../../wire/json.js';
import { checkLength, generatedName, Properties } from '../properties.js';
import { requireCalls } from '../require-calls.js';
import type { ResourceType, ResourceWork } from '../resource-type.js';

const maxZipFileCharacters = 4096;

/** AWS::Lambda::Function, with its code in the template. */
export const lambdaFunction: ResourceType = {
  required: ['Code', 'Role'],
  properties: [
    'Architectures',
    'Code',
    'Description',
    'Environment',
    'FunctionName',
    'Handler',
    'LoggingConfig',
    'MemorySize',
    'ReservedConcurrentExecutions',
    'Role',
    'Runtime',
    'Tags',
    'Timeout',
    'TracingConfig',
  ],
  createOnly: ['FunctionName'],
  nameProperty: 'FunctionName',
  async create(work) {
    const { world, stack, resource } = work;
    const name =
      new Properties(resource).text('FunctionName') ??
      generatedName(stack, resource.planned.declaration.logicalId, 64);
    const arn = functionArn(stack.account, stack.region, name);
    requireCalls(work, ['lambda:CreateFunction', 'lambda:GetFunction'], arn);
    const configuration = readConfiguration(work, arn);
    const { account, region } = stack;
    const made = createFunction(world, { account, region, name }, configuration);
    return { physicalId: name, attributes: { Arn: made.arn } };
  },
  async update(work) {
    const { world, stack, resource } = work;
    const known = getFunction(world, functionArn(stack.account, stack.region, resource.physicalId ?? ''));
    requireCalls(work, ['lambda:UpdateFunctionConfiguration', 'lambda:UpdateFunctionCode'], known.arn);
    world.functions.set(known.arn, { ...known, ...readConfiguration(work, known.arn) });
    return { physicalId: known.name, attributes: { Arn: known.arn } };
  },
  async delete(work) {
    const { world, stack, resource } = work;
    const arn = functionArn(stack.account, stack.region, resource.physicalId ?? '');
    requireCalls(work, ['lambda:DeleteFunction'], arn);
    world.functions.delete(arn);
  },
};

/** Reads and checks what a function is to be. Throws Lambda's errors. */
function readConfiguration(work: ResourceWork, arn: string): FunctionConfiguration {
  const { world, stack, resource } = work;
  const { account, launcher } = stack;
  if (world.faults.strikes('lambda-forbidden', account.id)) {
    throw new AwsError(
      'AccessDeniedException',
      `User: ${launcher.arn} is not authorized to perform: lambda:CreateFunction on resource: ${arn} with an explicit deny in a service control policy`,
      403,
    );
  }
  const properties = new Properties(resource);
  const configuration: FunctionConfiguration = {
    code: readCode(properties),
    handler: properties.required('Handler'),
    runtime: properties.required('Runtime'),
    roleArn: properties.required('Role'),
    timeoutSeconds: properties.number('Timeout') ?? 3,
    memorySize: properties.number('MemorySize') ?? 128,
    environment: readEnvironment(properties),
  };
  checkFunction(account, arn, configuration);
  requireCalls(work, ['iam:PassRole'], configuration.roleArn, {
    'iam:PassedToService': 'lambda.amazonaws.com',
    'iam:AssociatedResourceArn': arn,
  });
  return configuration;
}

function readCode(properties: Properties): string {
  const code = properties.raw('Code');
  const zipFile = isObject(code) ? code['ZipFile'] : undefined;
  if (typeof zipFile !== 'string' || zipFile === '') {
    throw new AwsError(
      'InvalidRequest',
      'Please provide a source for function code (the sandbox knows ZipFile)',
    );
  }
  checkLength(zipFile, '/Code/ZipFile', maxZipFileCharacters);
  return zipFile;
}

function readEnvironment(properties: Properties): Record<string, string> {
  const given = properties.raw('Environment');
  const variables = isObject(given) ? given['Variables'] : undefined;
  if (!isObject(variables)) return {};
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]));
}
