import { Type } from 'typebox';
import type { ShownCentralStack } from '../../access/central-stack/read-central-stack.js';
import { type Deployment, deploymentStatuses } from '../../core/deployment.js';
import { At, Nullable, time } from './fields.js';

const LogicalId = Type.String({ description: 'Its name in the template.' });
const ResourceType = Type.String({ description: 'As `AWS::IAM::Group`.' });
const PhysicalId = Nullable(Type.String({ description: 'Its name or ARN in IAM, where it has one.' }));
const UnknownMembers = Type.Array(Type.String(), {
  description: 'Members of groups who are no users of the central account. Nothing is planned for them.',
});

export const DeploymentBody = Type.Object(
  {
    id: Type.String({ description: 'Its id here.' }),
    status: Type.Enum([...deploymentStatuses], {
      description:
        '`planned` can be carried out. `unchanged`: there is nothing to do. `obsolete`: something else has changed ' +
        'the stack since, so plan another.',
    }),
    version: Type.String({ description: 'Of the template, by its content.' }),
    changes: Type.Array(
      Type.Object({
        action: Type.Enum(['add', 'change', 'remove'], { description: 'What happens to it.' }),
        logicalId: LogicalId,
        type: ResourceType,
        physicalId: PhysicalId,
        replacement: Type.Enum(['no', 'yes', 'perhaps'], {
          description: 'Whether a new one takes its place.',
        }),
      }),
      { description: 'Resource by resource, as CloudFormation plans them; at most 500 of them.' },
    ),
    changeCount: Type.Integer({ description: 'How many there are.' }),
    unknownMembers: UnknownMembers,
    failures: Type.Array(
      Type.Object({
        logicalId: LogicalId,
        type: ResourceType,
        reason: Type.String({ description: 'In CloudFormation’s words.' }),
      }),
      {
        description:
          'Why it failed, the first cause first. Nothing of it stands then: CloudFormation takes it back.',
      },
    ),
    createdAt: At('When it was planned.'),
    executedAt: Nullable(At('When it was begun to be carried out.')),
    finishedAt: Nullable(At('When it came to its end.')),
  },
  {
    $id: 'Deployment',
    title: 'Deployment',
    description: 'A change of the central account’s stack: what it would do, and what came of it.',
  },
);

export function deploymentBody(deployment: Deployment) {
  const { id, status, version, changes, changeCount, unknownMembers, failures } = deployment;
  return {
    ...{ id, status, version, changeCount, unknownMembers: [...unknownMembers] },
    changes: changes.map((change) => ({ ...change })),
    failures: failures.map((failure) => ({ ...failure })),
    createdAt: time(deployment.createdAt),
    executedAt: deployment.executedAt === null ? null : time(deployment.executedAt),
    finishedAt: deployment.finishedAt === null ? null : time(deployment.finishedAt),
  };
}

export const CentralStackBody = Type.Object(
  {
    status: Nullable(
      Type.String({
        description: 'CloudFormation’s own, as `UPDATE_COMPLETE`. Null before there is a stack.',
      }),
    ),
    deployedVersion: Nullable(Type.String({ description: 'Of the template that it was made from.' })),
    version: Type.String({ description: 'Of the template that the groups come to now.' }),
    upToDate: Type.Boolean({ description: 'Whether the stack holds what the groups say.' }),
    unknownMembers: UnknownMembers,
    drift: Type.Object(
      {
        status: Type.Enum(['not-checked', 'in-sync', 'drifted', 'unknown'], {
          description: 'As of the last check. Each deployment sets it back.',
        }),
        checkedAt: Nullable(At('When that was.')),
        resources: Type.Array(
          Type.Object({
            logicalId: LogicalId,
            type: ResourceType,
            physicalId: PhysicalId,
            status: Type.Enum(['modified', 'removed'], { description: 'What has become of it.' }),
            properties: Type.Array(Type.String(), { description: 'Paths of the properties that differ.' }),
          }),
          { description: 'Those that somebody changed by hand.' },
        ),
      },
      {
        description:
          'Whether what stands in the account is what was deployed. CloudFormation does not compare who is in a group.',
      },
    ),
    passwordPolicy: Type.String({
      description:
        'A command that sets how users’ passwords have to be. It is the whole account’s, and CloudFormation has no ' +
        'resource for it, so that no deployment does it.',
    }),
  },
  {
    $id: 'CentralStack',
    title: 'CentralStack',
    description: 'What the central account holds, beside what it is to hold.',
  },
);

export function centralStackBody({ stack, version, isCurrent, unknownMembers, drifted }: ShownCentralStack) {
  const drift = stack?.drift ?? { status: 'not-checked' as const, checkedAt: null };
  return {
    ...{ status: stack?.status ?? null, deployedVersion: stack?.version ?? null, version },
    ...{ upToDate: isCurrent, unknownMembers: [...unknownMembers], passwordPolicy: PASSWORD_POLICY },
    drift: {
      status: drift.status,
      checkedAt: drift.checkedAt === null ? null : time(drift.checkedAt),
      resources: drifted.map(({ properties, ...resource }) => ({ ...resource, properties: [...properties] })),
    },
  };
}

/** Source: IAM User Guide, "Set an account password policy for IAM users"; NIST SP 800-63B on length and expiry. */
const PASSWORD_POLICY =
  'aws iam update-account-password-policy --minimum-password-length 16 --password-reuse-prevention 24 ' +
  '--allow-users-to-change-password --require-lowercase-characters --require-uppercase-characters --require-numbers ' +
  '--require-symbols';
