import { isRegionOf, type Partition, partitionById } from './partition.js';

/** An ARN taken apart. `region` and `account` are empty where the service has none. */
export interface Arn {
  readonly partition: Partition;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

const FORM = /^arn:([a-z0-9-]{3,20}):([a-z0-9-]{2,40}):([a-z0-9-]{0,40}):(\d{12}|):([\x21-\x7e]{1,1600})$/;

/**
 * Reads an ARN strictly: printable ASCII, a known partition, a region of that partition or none, an account
 * of 12 digits or none. Returns null for anything else; nothing is trimmed or repaired.
 */
export function parseArn(text: string): Arn | null {
  const match = FORM.exec(text);
  if (match === null) return null;
  const [, partitionId = '', service = '', region = '', account = '', resource = ''] = match;
  const partition = partitionById(partitionId);
  if (partition === undefined) return null;
  if (region !== '' && !isRegionOf(partition, region)) return null;
  return { partition, service, region, account, resource };
}

/** The one place that builds an ARN. */
export function formatArn(
  arn: Omit<Arn, 'partition'> & { readonly partition: { readonly id: string } },
): string {
  return `arn:${arn.partition.id}:${arn.service}:${arn.region}:${arn.account}:${arn.resource}`;
}
