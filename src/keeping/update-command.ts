import type { Account } from '../core/account.js';
import type { StackOfAccount } from './stack-of-account.js';

/** What an update changes: the external ID of the stack, or its template. */
export type StackUpdate = { readonly externalId: string } | { readonly templateUrl: string };

/**
 * The command that updates an account's stack and leaves everything else as it is; null where no stack is known,
 * and for a member of an organization, whose stack the management account's updates. There is no link that
 * opens an update in the console.
 * Source: CloudFormation API Reference, UpdateStack: UsePreviousTemplate, UsePreviousValue.
 */
export function updateCommand(
  { stackId, region, humanRoleArn }: Pick<Account, 'stackId' | 'region' | 'humanRoleArn'>,
  stack: StackOfAccount,
  update: StackUpdate,
  simulatorOrigin: string | null,
): string | null {
  if (stackId === null || region === null || stack.rolledOut) return null;
  const template =
    'templateUrl' in update ? `--template-url '${update.templateUrl}'` : '--use-previous-template';
  const externalId = 'externalId' in update ? `ParameterValue=${update.externalId}` : 'UsePreviousValue=true';
  const people = humanRoleArn === null ? [] : ['HumanRoleName'];
  const kept = [...keptBy(stack), ...people].map((name) => `ParameterKey=${name},UsePreviousValue=true`);
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

/** Parameters that keep their values when the external ID or the template is replaced. */
function keptBy({ callback, kind }: StackOfAccount): readonly string[] {
  return [
    ...(callback === 'none' ? [] : ['CallbackUrl']),
    ...['RoleName', 'RolePath', 'PermissionsBoundaryArn'],
    ...(kind === 'organization' ? ['OrganizationalUnitIds'] : []),
  ];
}
