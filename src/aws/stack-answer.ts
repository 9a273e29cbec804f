import { isRegionOf } from '../core/partition.js';
import type { StackId } from '../core/stack-id.js';
import type { Outgoing } from '../net/outgoing.js';
import type { PutAnswer } from '../onboarding/answer-stack.js';

/** CloudFormation's limit for an answer, in bytes. */
const LONGEST_ANSWER = 4096;

/**
 * Puts an answer to CloudFormation's presigned address: the content type has to be sent empty, since the
 * signature covers it. Source: CloudFormation User Guide, "Custom resource response objects".
 */
export function makePutAnswer(send: Outgoing): PutAnswer {
  return async (url, answer) => {
    const body = fit(answer);
    try {
      const { status } = await send({
        url,
        method: 'PUT',
        headers: { 'content-type': '' },
        body,
        timeout: 5_000,
      });
      if (status >= 200 && status < 300) return 'accepted';
      return status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'refused' : 'again';
    } catch {
      return 'again';
    }
  };
}

/**
 * The address to answer a stack at, or null where it is not CloudFormation's: https on the default port, no
 * user, exactly a host of the response bucket of the stack's region and partition; or the simulator's origin.
 * Source: hosts as seen; AWS documents the bucket's name for VPC endpoint policies.
 */
export function responseUrl(text: string, stack: StackId, simulatorOrigin: string | null): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || !isRegionOf(stack.partition, stack.region)) return null;
  if (url.origin === simulatorOrigin) return url;
  const bucket = `cloudformation-custom-resource-response-${stack.region.replaceAll('-', '')}`;
  const { dnsSuffix } = stack.partition;
  const hosts = [`s3.${dnsSuffix}`, `s3-${stack.region}.${dnsSuffix}`, `s3.${stack.region}.${dnsSuffix}`];
  return hosts.some((host) => url.origin === `https://${bucket}.${host}`) ? url : null;
}

function fit(answer: { readonly Reason?: string }): Uint8Array {
  const body = Buffer.from(JSON.stringify(answer));
  if (body.length <= LONGEST_ANSWER || !answer.Reason) return body;
  const shorter = answer.Reason.slice(0, Math.floor(answer.Reason.length / 2));
  return fit({ ...answer, Reason: shorter });
}
