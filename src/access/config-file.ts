import { formatArn } from '../core/arn.js';
import type { Group } from '../core/group.js';
import type { Partition } from '../core/partition.js';
import { slug } from './printable.js';
import type { Reach } from './reach.js';

export interface ConfigFileFacts {
  readonly group: Pick<Group, 'id' | 'sessionDurationSeconds'>;
  readonly user: string;
  readonly centralAccountId: string;
  readonly partition: Pick<Partition, 'id' | 'defaultRegion'>;
  /** The profile that has the user's access key. */
  readonly sourceProfile: string;
}

/**
 * An AWS config file with a profile for each account. ASCII alone, as some readers take the encoding of the machine;
 * nothing of a name gets into it but letters, digits and hyphens.
 * Source: AWS CLI User Guide, "Use an IAM role in the AWS CLI".
 */
export function configFile({ accounts, leftOut }: Reach, facts: ConfigFileFacts): string {
  const { group, user, centralAccountId, partition, sourceProfile } = facts;
  const mfaDevice = formatArn({
    ...{ partition, service: 'iam', region: '', account: centralAccountId, resource: `mfa/${user}` },
  });
  const head = [
    `# ${group.id} for ${user}: a profile for each account.`,
    '# Add it to ~/.aws/config, or save it as a file and name that file in AWS_CONFIG_FILE.',
    `# The profile ${sourceProfile} has to hold the access key of ${user} in account ${centralAccountId}.`,
    ...leftOut.map(
      ({ client, account, reason }) =>
        `# Left out: ${[client.id, account?.accountId, reason].filter(Boolean).join(' ')}`,
    ),
  ];
  const profiles = accounts.map(({ account, client, role, profileName }) => [
    `# ${[slug(client.name), client.id].join(' ').trim()}`,
    `[profile ${profileName}]`,
    `role_arn = ${role.text}`,
    `source_profile = ${sourceProfile}`,
    `mfa_serial = ${mfaDevice}`,
    `duration_seconds = ${group.sessionDurationSeconds}`,
    `role_session_name = ${sessionName(user, centralAccountId)}`,
    `region = ${account.region ?? partition.defaultRegion}`,
  ]);
  return [head, ...profiles].map((lines) => `${lines.join('\n')}\n`).join('\n');
}

/** The user as the client's CloudTrail has him. A user may be called by one letter, a session may not. */
function sessionName(user: string, centralAccountId: string): string {
  return user.length > 1 ? user : `${user}@${centralAccountId}`;
}
