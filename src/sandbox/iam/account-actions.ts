import { AwsError } from '../wire/aws-error.js';
import type { QueryAction } from '../wire/query.js';
import { requirePermission } from './permission.js';

/** The operations of IAM on an account as a whole. */
export const accountActions: Readonly<Record<string, QueryAction>> = {
  GetAccountSummary: (_world, caller) => {
    requirePermission(caller, 'iam:GetAccountSummary', '*');
    return { SummaryMap: { entry: { key: 'Roles', value: caller.account.roles.size } } };
  },
  GetAccountPasswordPolicy: (_world, caller) => {
    requirePermission(caller, 'iam:GetAccountPasswordPolicy', '*');
    const message = `The Password Policy with domain name ${caller.account.id} cannot be found.`;
    throw new AwsError('NoSuchEntity', message, 404);
  },
  GetAccountAuthorizationDetails: (_world, caller) => {
    requirePermission(caller, 'iam:GetAccountAuthorizationDetails', '*');
    return { UserDetailList: [], GroupDetailList: [], RoleDetailList: [], Policies: [], IsTruncated: false };
  },
};
