import { AwsError } from '../wire/aws-error.js';

/** Throws `LimitExceeded` where one more would be too many. Source: IAM User Guide, "IAM and AWS STS quotas". */
export function checkQuota(name: QuotaName, count: number): void {
  if (count > quotas[name]) throw limitExceeded(`Cannot exceed quota for ${name}: ${quotas[name]}`);
}

/** The error of a quota that is used up. */
export function limitExceeded(message: string): AwsError {
  return new AwsError('LimitExceeded', message, 409);
}

type QuotaName = keyof typeof quotas;

const quotas = {
  GroupsPerAccount: 300,
  GroupsPerUser: 10,
  PoliciesPerAccount: 1500,
  PoliciesPerGroup: 10,
  PoliciesPerUser: 10,
  PolicySize: 6144,
  UsersPerAccount: 5000,
  MFADevicesPerUser: 8,
  AccessKeysPerUser: 2,
} as const;
