import { type Arn, parseArn } from './arn.js';

/** A CloudFormation StackId taken apart. */
export interface StackId extends Arn {
  readonly name: string;
  readonly uuid: string;
  readonly text: string;
}

const RESOURCE = /^stack\/([A-Za-z][A-Za-z0-9-]{0,127})\/([A-Za-z0-9-]{1,64})$/;

/** Reads a StackId, or null. Source: CloudFormation API Reference, CreateStack: StackName, StackId. */
export function parseStackId(text: string): StackId | null {
  const arn = parseArn(text);
  if (arn === null || arn.service !== 'cloudformation' || arn.region === '' || arn.account === '')
    return null;
  const match = RESOURCE.exec(arn.resource);
  if (match === null) return null;
  const [, name = '', uuid = ''] = match;
  return { ...arn, name, uuid, text };
}
