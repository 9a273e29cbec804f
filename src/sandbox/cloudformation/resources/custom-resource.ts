import { type Answer, answerFailure } from '../custom-resource/answers.js';
import { send } from '../custom-resource/send.js';
import { generatedName, Properties } from '../properties.js';
import { ResourceFailure, type ResourceType, type ResourceWork } from '../resource-type.js';

/** Custom::… and AWS::CloudFormation::CustomResource: somebody outside makes it, and answers. */
export const customResource: ResourceType = {
  permission: 'cloudformation:CreateStack',
  required: ['ServiceToken'],
  properties: undefined,
  async create(work) {
    const { stack, resource } = work;
    const invented = generatedName(stack, resource.planned.declaration.logicalId, 128);
    const answer = await ask(work, 'Create', () => {
      // From here on it may exist, whatever we hear; a rollback then asks for its deletion by this ID.
      resource.physicalId = invented;
    });
    if (answer.physicalId !== undefined) resource.physicalId = answer.physicalId;
    const failure = answerFailure(answer);
    if (failure !== undefined) throw new ResourceFailure(failure);
    return { physicalId: answer.physicalId ?? invented, attributes: answer.data };
  },
  async delete(work) {
    const failure = answerFailure(await ask(work, 'Delete'));
    if (failure !== undefined) throw new ResourceFailure(failure);
  },
};

/** Sends a request and waits for its answer, as long as ServiceTimeout allows. */
async function ask(
  work: ResourceWork,
  requestType: 'Create' | 'Delete',
  onSent?: () => void,
): Promise<Answer> {
  const { world, resource, signal } = work;
  const seconds = new Properties(resource).number('ServiceTimeout') ?? 3600;
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 3600) {
    throw new ResourceFailure('ServiceTimeout must be an integer from 1 to 3600');
  }
  const { requestId, key } = send(work, requestType);
  onSent?.();
  const timer = new AbortController();
  const answer = await Promise.race([
    world.answers.next(key),
    world.background.sleep(seconds * 1000, AbortSignal.any([signal, timer.signal])),
  ]).finally(() => {
    world.answers.forget(key);
    timer.abort();
  });
  if (answer !== undefined) return answer;
  throw new ResourceFailure(
    `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${requestId}]. If you are using the Python cfn-response module, you may need to update your Lambda function so that CloudFormation can attach the updated version.`,
  );
}
