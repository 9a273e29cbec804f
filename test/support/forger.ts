import { randomUUID } from 'node:crypto';
import { answerSigner } from '../../src/sandbox/cloudformation/custom-resource/answers.js';
import { presignPut } from '../../src/sandbox/wire/signature.js';
import { signedQuery } from '../sandbox/signed-query.js';
import { eventually, type Json, type World } from './world.js';

/** Somebody with a topic of their own who publishes what no CloudFormation has said. */
export interface Forger {
  readonly topicArn: string;
  /** Publishes an event; returns its RequestId. */
  publish(event: Record<string, unknown>): Promise<string>;
  /** The answers to this request that reached CloudFormation's bucket. */
  answered(requestId: string): Promise<Json>;
  /** What became of the messages so far: `delivered`, or how they failed. */
  deliveries(): Promise<Json[]>;
}

/** Makes a topic in an account and subscribes a callback address to it, as a template would. */
export async function makeForger(world: World, account: string, callbackUrl: string): Promise<Forger> {
  const { sandbox } = world;
  const call = async (parameters: Record<string, string>) => {
    const { status, body } = await signedQuery(sandbox, 'sns', account, {
      Version: '2010-03-31',
      ...parameters,
    });
    if (status !== 200) throw new Error(`${parameters['Action']} answered ${status}: ${body}`);
    return body;
  };
  const made = await call({
    Action: 'CreateTopic',
    Name: `forged-${randomUUID().slice(0, 8)}`,
    'Attributes.entry.1.key': 'SignatureVersion',
    'Attributes.entry.1.value': '2',
  });
  const topicArn = /<TopicArn>([^<]+)</.exec(made)?.[1] ?? '';
  await call({ Action: 'Subscribe', TopicArn: topicArn, Protocol: 'http', Endpoint: callbackUrl });
  const topic = async (): Promise<Json> => {
    const state: Json = await (await fetch(`${sandbox.url}/_sandbox/state`)).json();
    return { ...state.topics.find(({ arn }: Json) => arn === topicArn), answers: state.answerPuts };
  };
  await eventually(topic, ({ subscriptions }) => subscriptions[0]?.confirmed === true);
  const stackId = `arn:aws:cloudformation:us-east-1:${account}:stack/forged/${randomUUID()}`;

  return {
    topicArn,
    async publish(event) {
      const RequestId = randomUUID();
      const claims = {
        RequestType: 'Create',
        StackId: stackId,
        LogicalResourceId: 'Connection',
        ResourceType: 'Custom::RolecallConnection',
        ...(event['RequestType'] !== undefined &&
          event['RequestType'] !== 'Create' && { PhysicalResourceId: 'x' }),
        ...event,
      };
      const key = encodeURIComponent(`${claims.StackId}|Connection|${event['RequestId'] ?? RequestId}`);
      const path = `/cloudformation-custom-resource-response-useast1/${key}`;
      const signer = { ...answerSigner, region: 'us-east-1', at: new Date(), seconds: 7200 };
      const ResponseURL = presignPut(sandbox.url, path, signer);
      const Message = JSON.stringify({ ResponseURL, RequestId, ...claims });
      await call({ Action: 'Publish', TopicArn: topicArn, Message });
      return String(event['RequestId'] ?? RequestId);
    },
    async answered(requestId) {
      const { answers } = await eventually(topic, ({ answers: puts }) =>
        puts.some((put: Json) => put.requestId === requestId),
      );
      return answers.filter((put: Json) => put.requestId === requestId);
    },
    async deliveries() {
      return (await topic()).deliveries;
    },
  };
}
