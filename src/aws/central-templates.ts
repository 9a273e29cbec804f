import { createHash } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Proposal } from '../access/central-stack/central-account.js';
import { Problem } from '../core/problem.js';
import type { CentralAccountSettings } from './central-account.js';

export type CentralTemplates = ReturnType<typeof makeCentralTemplates>;

/** Source: AWS CloudFormation quotas, "Template body size in a request", in bytes. */
const LARGEST_BODY = 51_200;
const PREFIX = 'central-stack';

/**
 * Where the central stack's templates stand that are too large to be sent, or nested. They name clients' accounts, so
 * that the bucket has to be a private one: CloudFormation reads it with the rights of whoever deploys.
 */
export function makeCentralTemplates(
  s3: S3Client,
  {
    bucket,
    partition,
    simulatorOrigin,
  }: Pick<CentralAccountSettings, 'bucket' | 'partition' | 'simulatorOrigin'>,
) {
  const addressOf = async () => {
    if (bucket === null) return null;
    const base =
      simulatorOrigin === null
        ? `https://${bucket}.s3.${await s3.config.region()}.${partition.dnsSuffix}`
        : `${simulatorOrigin}/${bucket}`;
    return (hash: string) => `${base}/${PREFIX}/${hash}.json`;
  };

  const put = async (address: string, body: string): Promise<void> => {
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket ?? '',
        Key: `${PREFIX}/${address.slice(address.lastIndexOf('/') + 1)}`,
        Body: body,
        ContentType: 'application/json',
        ChecksumSHA256: createHash('sha256').update(body).digest('base64'),
      }),
    );
  };

  return {
    addressOf,

    /** Puts what has to stand somewhere, and gives the template as CloudFormation takes it. */
    async place({ body, nested }: Proposal): Promise<{ TemplateBody: string } | { TemplateURL: string }> {
      for (const [address, template] of nested) await put(address, template);
      if (Buffer.byteLength(body) <= LARGEST_BODY) return { TemplateBody: body };
      const address = (await addressOf())?.(createHash('sha256').update(body).digest('hex').slice(0, 32));
      if (address === undefined)
        throw new Problem(
          'central-stack-too-large',
          `The template has ${Buffer.byteLength(body)} bytes, and ${LARGEST_BODY} can be sent.`,
        );
      await put(address, body);
      return { TemplateURL: address };
    },
  };
}
