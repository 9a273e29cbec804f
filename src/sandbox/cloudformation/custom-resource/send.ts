import { randomUUID } from 'node:crypto';
import { getFunction } from '../../lambda/function.js';
import { invokeLater } from '../../lambda/invoke.js';
import { publish } from '../../sns/publish.js';
import { getTopic } from '../../sns/topic.js';
import type { Json, JsonObject } from '../../wire/json.js';
import { presignPut } from '../../wire/signature.js';
import { requireCalls } from '../require-calls.js';
import { ResourceFailure, type ResourceWork } from '../resource-type.js';
import { answerSigner } from './answers.js';

/** What is asked of a custom resource; an Update tells the properties that it had. */
export type CustomRequest = { type: 'Create' | 'Delete' } | { type: 'Update'; before: JsonObject };

/** Sends a custom resource's request to its ServiceToken. Returns the key under which the answer will come. */
export function send(work: ResourceWork, request: CustomRequest): { requestId: string; key: string } {
  const { stack, resource } = work;
  const { logicalId, type } = resource.planned.declaration;
  const requestId = randomUUID();
  const key = `${stack.id}|${logicalId}|${requestId}`;
  const serviceToken = String(resource.properties['ServiceToken']);
  dispatch(work, serviceToken, {
    RequestType: request.type,
    ServiceToken: serviceToken,
    ResponseURL: responseUrl(work, key),
    StackId: stack.id,
    RequestId: requestId,
    LogicalResourceId: logicalId,
    ...(request.type === 'Create' ? {} : { PhysicalResourceId: resource.physicalId ?? '' }),
    ResourceType: type,
    ResourceProperties: asStrings(resource.properties),
    ...(request.type === 'Update' ? { OldResourceProperties: asStrings(request.before) } : {}),
  });
  return { requestId, key };
}

/** Where the answer is to be put: an S3 URL presigned for a bucket of CloudFormation's. */
function responseUrl({ world, stack }: ResourceWork, key: string): string {
  const bucket = `cloudformation-custom-resource-response-${stack.region.replaceAll('-', '')}`;
  return presignPut(world.origin, `/${bucket}/${encodeURIComponent(key)}`, {
    ...answerSigner,
    region: stack.region,
    at: new Date(),
    seconds: world.settings.answerExpirySeconds,
  });
}

/** A topic takes the request as a message, a Lambda function as the event of an asynchronous invocation. */
function dispatch(work: ResourceWork, serviceToken: string, request: JsonObject): void {
  const { world, stack } = work;
  const [, , service, region, account] = serviceToken.split(':');
  if ((service !== 'sns' && service !== 'lambda') || region !== stack.region) {
    throw new ResourceFailure(
      `Invalid service token: ${serviceToken} (the sandbox knows topics and functions of the stack's region)`,
    );
  }
  const action = service === 'sns' ? 'SNS:Publish' : 'lambda:InvokeFunction';
  if (account !== stack.account.id) {
    throw new ResourceFailure(
      `User: ${stack.launcher.arn} is not authorized to perform: ${action} on resource: ${serviceToken}`,
    );
  }
  requireCalls(work, [action], serviceToken);
  if (service === 'lambda') {
    invokeLater(world, getFunction(world, serviceToken), request);
    return;
  }
  publish(
    world,
    getTopic(world, serviceToken),
    JSON.stringify(request),
    'AWS CloudFormation custom resource request',
  );
}

/** Every value of a property arrives as a text. */
function asStrings(value: Json): Json {
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.map(asStrings);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, asStrings(each)]));
}
