import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../core/problem.js';
import type { Outgoing } from '../net/outgoing.js';
import type { ConfirmSubscription } from '../onboarding/receive-sns-message.js';

const ATTEMPTS = 3;

/**
 * Confirms a subscription at an address built from the verified topic; the SubscribeURL of the message is
 * never followed. ConfirmSubscription needs no signature.
 * Throws `unavailable` where it did not succeed.
 */
export function makeConfirmSubscription(send: Outgoing, simulatorOrigin: string | null): ConfirmSubscription {
  return async ({ topic, topicArn, token, simulated }) => {
    const host = `https://sns.${topic.region}.${topic.partition.dnsSuffix}`;
    const url = new URL(simulated && simulatorOrigin !== null ? simulatorOrigin : host);
    const call = {
      Action: 'ConfirmSubscription',
      TopicArn: topicArn,
      Token: token ?? '',
      Version: '2010-03-31',
    };
    url.search = new URLSearchParams(call).toString();
    // SNS does not repeat a confirmation that failed, so it is tried again here, within the 15 s that SNS waits.
    for (let attempt = 1; ; attempt += 1) {
      const answer = await send({ url, method: 'GET', timeout: 3_000 }).catch((error: Error) => error);
      if (!(answer instanceof Error) && answer.status === 200) return;
      if (attempt === ATTEMPTS) throw new Problem('unavailable', 'The subscription could not be confirmed.');
      await sleep(200 * attempt);
    }
  };
}
