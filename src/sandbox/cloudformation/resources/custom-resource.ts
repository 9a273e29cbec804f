import type { JsonObject } from '../../wire/json.js';
import { type Answer, answerFailure } from '../custom-resource/answers.js';
import { type CustomRequest, send } from '../custom-resource/send.js';
import { generatedName, Properties } from '../properties.js';
import { ResourceFailure, type ResourceType, type ResourceWork } from '../resource-type.js';

/** Custom::… and AWS::CloudFormation::CustomResource: somebody outside makes it, and answers. */
export const customResource: ResourceType = {
  required: ['ServiceToken'],
  properties: undefined,
  createOnly: [],
  fixed: { property: 'ServiceToken', refusal: 'Modifying service token is not allowed.' },
  async create(work) {
    const { stack, resource } = work;
    const invented = generatedName(stack, resource.planned.declaration.logicalId, 128);
    const answer = await ask(work, { type: 'Create' }, () => {
      // From here on it may exist, whatever we hear; a rollback then asks for its deletion by this ID.
      resource.physicalId = invented;
    });
    if (answer.physicalId !== undefined) resource.physicalId = answer.physicalId;
    return { physicalId: resource.physicalId ?? invented, attributes: dataOf(answer) };
  },
  async update(work, before) {
    const answer = await ask(work, { type: 'Update', before });
    const attributes = dataOf(answer);
    return { physicalId: answer.physicalId ?? '', attributes };
  },
  async delete(work) {
    dataOf(await ask(work, { type: 'Delete' }));
  },
};

/** What came with a success. Throws where there was none. */
function dataOf(answer: Answer): JsonObject {
  const failure = answerFailure(answer);
  if (failure !== undefined) throw new ResourceFailure(failure);
  return answer.data;
}

/** Sends a request and waits for its answer, as long as ServiceTimeout allows. */
async function ask(work: ResourceWork, request: CustomRequest, onSent?: () => void): Promise<Answer> {
  const { world, resource, signal } = work;
  const seconds = new Properties(resource).number('ServiceTimeout') ?? 3600;
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 3600) {
    throw new ResourceFailure('ServiceTimeout must be an integer from 1 to 3600');
  }
  const { requestId, key } = send(work, request);
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
