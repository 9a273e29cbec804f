import type { Account } from '../core/account.js';
import type { Callback } from '../core/launch.js';

/** Parameters that keep their values when the external ID is replaced, by the way in which the stack calls back. */
const KEPT: Readonly<Record<Callback, readonly string[]>> = {
  sns: ['CallbackUrl', 'RoleName', 'RolePath', 'PermissionsBoundaryArn'],
  lambda: ['CallbackUrl', 'RoleName', 'RolePath', 'PermissionsBoundaryArn'],
  none: ['RoleName', 'RolePath', 'PermissionsBoundaryArn'],
};

/** What an update changes: the external ID of the stack, or its template. */
export type StackUpdate = { readonly externalId: string } | { readonly templateUrl: string };

/**
 * The command that updates an account's stack and leaves everything else as it is; null where no stack is known.
 * There is no link that opens an update in the console.
 * Source: CloudFormation API Reference, UpdateStack: UsePreviousTemplate, UsePreviousValue.
 */
export function updateCommand(
  { stackId, region }: Pick<Account, 'stackId' | 'region'>,
  callback: Callback,
  update: StackUpdate,
  simulatorOrigin: string | null,
): string | null {
  if (stackId === null || region === null) return null;
  const template =
    'templateUrl' in update ? `--template-url '${update.templateUrl}'` : '--use-previous-template';
  const externalId = 'externalId' in update ? `ParameterValue=${update.externalId}` : 'UsePreviousValue=true';
  const kept = KEPT[callback].map((name) => `ParameterKey=${name},UsePreviousValue=true`);
  return [
    'aws cloudformation update-stack',
    `--region ${region}`,
    `--stack-name ${stackId}`,
    template,
    '--capabilities CAPABILITY_NAMED_IAM',
    `--parameters ParameterKey=ExternalId,${externalId} ${kept.join(' ')}`,
    ...(simulatorOrigin === null ? [] : [`--endpoint-url ${simulatorOrigin}`]),
  ].join(' ');
}
