import type { Account } from '../identity/account.js';
import { type PolicyDocument, parsePolicy } from '../policy/document.js';
import { AwsError } from '../wire/aws-error.js';

/** The policy with this ARN: one of the account's own or of AWS's. Throws `NoSuchEntity`. */
export function managedPolicy(account: Account, arn: string): PolicyDocument {
  const [, , , , owner, resource = ''] = arn.split(':');
  const own = account.managedPolicies.get(arn);
  const found = owner === 'aws' ? awsPolicies.get(resource) : own?.versions.get(own.defaultVersion)?.document;
  if (found === undefined) {
    throw new AwsError('NoSuchEntity', `Policy ${arn} does not exist or is not attachable.`, 404);
  }
  return found;
}

// What is listed here is a plausible part of what AWS's own policies allow, not all of it.
const auditActions = [
  'access-analyzer:List*',
  'cloudformation:Describe*',
  'cloudformation:GetTemplate',
  'cloudformation:List*',
  'cloudtrail:Describe*',
  'cloudtrail:GetTrailStatus',
  'config:Describe*',
  'ec2:Describe*',
  'iam:GenerateCredentialReport',
  'iam:GetAccountSummary',
  'iam:GetCredentialReport',
  'iam:GetPolicy',
  'iam:GetPolicyVersion',
  'iam:GetRole',
  'iam:GetRolePolicy',
  'iam:List*',
  'iam:Simulate*',
  'kms:Describe*',
  'kms:List*',
  'organizations:Describe*',
  'organizations:List*',
  's3:GetBucket*',
  's3:GetAccountPublicAccessBlock',
  's3:ListAllMyBuckets',
  'sns:GetTopicAttributes',
  'sns:ListTopics',
  'tag:GetResources',
];

const viewActions = [
  'cloudformation:Describe*',
  'cloudformation:List*',
  'ec2:Describe*',
  'iam:Get*Summary',
  'iam:List*',
  's3:ListAllMyBuckets',
  's3:ListBucket',
  'sns:List*',
];

const readActions = ['*:Describe*', '*:Get*', '*:List*', 'iam:GenerateCredentialReport', 'iam:Simulate*'];

const awsPolicies: ReadonlyMap<string, PolicyDocument> = new Map(
  Object.entries({
    'policy/AdministratorAccess': ['*'],
    'policy/PowerUserAccess': ['ec2:*', 's3:*', 'sns:*', 'cloudformation:*', 'lambda:*', 'iam:ListRoles'],
    'policy/ReadOnlyAccess': readActions,
    'policy/SecurityAudit': auditActions,
    'policy/job-function/ViewOnlyAccess': viewActions,
    'policy/job-function/SupportUser': ['support:*', ...viewActions],
    'policy/job-function/Billing': ['aws-portal:*Billing', 'billing:*', 'budgets:*', 'ce:*', 'cur:*'],
    'policy/AWSBillingReadOnlyAccess': [
      'billing:Get*',
      'billing:List*',
      'budgets:View*',
      'ce:Get*',
      'cur:Describe*',
    ],
    'policy/AWSOrganizationsReadOnlyAccess': ['organizations:Describe*', 'organizations:List*'],
    'policy/IAMReadOnlyAccess': ['iam:Get*', 'iam:List*', 'iam:Generate*', 'iam:Simulate*'],
    'policy/IAMAccessAnalyzerReadOnlyAccess': ['access-analyzer:Get*', 'access-analyzer:List*'],
    'policy/CloudWatchReadOnlyAccess': ['cloudwatch:Get*', 'cloudwatch:List*', 'logs:Get*', 'logs:List*'],
    'policy/AmazonS3ReadOnlyAccess': ['s3:Get*', 's3:List*'],
    'policy/AmazonEC2ReadOnlyAccess': ['ec2:Describe*', 'elasticloadbalancing:Describe*'],
    'policy/AWSCloudTrail_ReadOnlyAccess': ['cloudtrail:Get*', 'cloudtrail:Describe*', 'cloudtrail:List*'],
    'policy/service-role/AWSLambdaBasicExecutionRole': [
      'logs:CreateLogGroup',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ],
  }).map(([name, actions]) => [name, allowing(actions)]),
);

function allowing(actions: readonly string[]): PolicyDocument {
  const statement = { Effect: 'Allow', Action: actions, Resource: '*' };
  return parsePolicy({ Version: '2012-10-17', Statement: [statement] }, 'identity');
}
