import type { Partition } from '../../core/partition.js';

/**
 * What every member may do for himself: read and change his own password, keys and MFA devices; and nothing at all,
 * but to set one up and to sign in by it, while he has signed in without MFA.
 *
 * It stands in each group itself, since a group takes ten managed policies and may need them all. Source: IAM User
 * Guide, "Allows MFA-authenticated IAM users to manage their own credentials"; service authorization reference of IAM.
 */
export function selfServicePolicy({ id }: Pick<Partition, 'id'>) {
  // IAM fills the name in when it decides.
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: as IAM has it
  const self = [`arn:${id}:iam::*:user/${'${aws:username}'}`, `arn:${id}:iam::*:user/*/${'${aws:username}'}`];
  const device = `arn:${id}:iam::*:mfa/${'${aws:username}'}*`;
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as IAM has it
  const setUp = [...ownDevices, 'iam:GetUser', 'iam:ChangePassword', 'iam:CreateVirtualMFADevice'];
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
          ...[...ownDevices, 'iam:DeactivateMFADevice'],
        ],
        Resource: self,
      },
      {
        Sid: 'MakeOwnDevice',
        Effect: 'Allow',
        Action: ['iam:CreateVirtualMFADevice', 'iam:DeleteVirtualMFADevice'],
        Resource: device,
      },
      {
        Sid: 'NothingElseWithoutMfa',
        Effect: 'Deny',
        NotAction: [
          ...setUp,
          ...['iam:GetAccountPasswordPolicy', 'iam:ListVirtualMFADevices', 'sts:GetSessionToken'],
        ],
        Resource: '*',
        // IfExists: a request by an access key alone has no such key, and is one without MFA.
        Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
      },
    ],
  };
}

const ownDevices = ['iam:EnableMFADevice', 'iam:ListMFADevices', 'iam:ResyncMFADevice'];
