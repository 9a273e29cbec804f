import type { Partition } from '../../core/partition.js';

const OWN_DEVICES = ['iam:EnableMFADevice', 'iam:ListMFADevices', 'iam:ResyncMFADevice'];
/** What IAM puts the user's name in for when it decides. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: as IAM has it
const HIMSELF = '${aws:username}';

/**
 * What every member may do for himself: read and change his own password, keys and MFA device, which has to be called
 * as he is; and nothing at all, but to set one up and to sign in by it, while he has signed in without MFA.
 *
 * It stands in each group itself, since a group takes ten managed policies and may need them all. Source: IAM User
 * Guide, "Allows MFA-authenticated IAM users to manage their own credentials"; service authorization reference of IAM.
 */
export function selfServicePolicy({ id }: Pick<Partition, 'id'>) {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'SeeWhatTheAccountAsksFor',
        Effect: 'Allow',
        Action: ['iam:GetAccountPasswordPolicy', 'iam:ListVirtualMFADevices'],
        Resource: '*',
      },
      {
        Sid: 'KeepOwnCredentials',
        Effect: 'Allow',
        Action: [
          ...['iam:GetUser', 'iam:ChangePassword'],
          ...['iam:CreateAccessKey', 'iam:DeleteAccessKey', 'iam:ListAccessKeys', 'iam:UpdateAccessKey'],
          ...[...OWN_DEVICES, 'iam:DeactivateMFADevice'],
        ],
        Resource: [`arn:${id}:iam::*:user/${HIMSELF}`, `arn:${id}:iam::*:user/*/${HIMSELF}`],
      },
      {
        Sid: 'MakeOwnDevice',
        Effect: 'Allow',
        Action: ['iam:CreateVirtualMFADevice', 'iam:DeleteVirtualMFADevice'],
        Resource: `arn:${id}:iam::*:mfa/${HIMSELF}`,
      },
      {
        Sid: 'NothingElseWithoutMfa',
        Effect: 'Deny',
        NotAction: [
          ...[...OWN_DEVICES, 'iam:GetUser', 'iam:ChangePassword', 'iam:CreateVirtualMFADevice'],
          ...['iam:GetAccountPasswordPolicy', 'iam:ListVirtualMFADevices', 'sts:GetSessionToken'],
        ],
        Resource: '*',
        // IfExists: a request by an access key alone has no such key, and is one without MFA.
        Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
      },
    ],
  };
}
