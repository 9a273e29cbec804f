import type { Account } from '../core/account.js';
import type { Callback } from '../core/launch.js';

/** Parameters that keep their values when the external ID is replaced, by the way in which the stack calls back. */
const KEPT: Readonly<Record<Callback, readonly string[]>> = {
  sns: ['CallbackUrl', 'RoleName', 'RolePath', 'PermissionsBoundaryArn'],
  lambda: ['CallbackUrl', 'RoleName', 'RolePath', 'PermissionsBoundaryArn'],
  none: ['RoleName', 'RolePath', 'PermissionsBoundaryArn'],
};

/**
 * The command that gives an account's stack another external ID and leaves everything else as it is; null where no
 * stack is known. There is no link that opens an update in the console.
 * Source: CloudFormation API Reference, UpdateStack: UsePreviousTemplate, UsePreviousValue.
 */
export function updateCommand(
  { stackId, region }: Pick<Account, 'stackId' | 'region'>,
  callback: Callback,
  externalId: string,
  simulatorOrigin: string | null,
): string | null {
  if (stackId === null || region === null) return null;
  const kept = KEPT[callback].map((name) => `ParameterKey=${name},UsePreviousValue=true`);
  return [
    'aws cloudformation update-stack',
    `--region ${region}`,
    `--stack-name ${stackId}`,
    '--use-previous-template',
    '--capabilities CAPABILITY_NAMED_IAM',
    `--parameters ParameterKey=ExternalId,ParameterValue=${externalId} ${kept.join(' ')}`,
    ...(simulatorOrigin === null ? [] : [`--endpoint-url ${simulatorOrigin}`]),
  ].join(' ');
}
