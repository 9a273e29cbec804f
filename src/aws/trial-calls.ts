import { get, json, query, type TrialRequest } from './trial-request.js';
import { services, type TrialService } from './trial-services.js';

/** A call that needs one action's permission, reads, and costs nothing. */
export interface TrialCall {
  readonly service: TrialService;
  /** `accountId` is the account that is asked about. */
  readonly request: (accountId: string) => TrialRequest;
  /** Errors that AWS answers only to a caller who has the permission. A failed validation is none: it comes first. */
  readonly proof?: readonly string[];
}

/**
 * The call that tries an action, or undefined where none is known.
 *
 * Not among them: whatever writes, however little (iam:GenerateCredentialReport), and Cost Explorer (`ce:…`), each
 * of whose requests is billed to the client. Source: AWS's service models; Cost Explorer pricing.
 */
export function trialCall(action: string): TrialCall | undefined {
  return calls.get(action.toLowerCase());
}

const iam = (Action: string, parameters = {}, proof: readonly string[] = []): TrialCall => ({
  service: services.iam,
  request: () => query('2010-05-08', Action, parameters),
  proof,
});

/** With DryRun EC2 checks the permission and reads nothing. Source: EC2 API Reference, "DryRun". */
const ec2 = (Action: string): TrialCall => ({
  service: services.ec2,
  request: () => query('2016-11-15', Action, { DryRun: 'true' }),
  proof: ['DryRunOperation'],
});

const byQuery = (service: TrialService, version: string, action: string, parameters = {}): TrialCall => ({
  service,
  request: () => query(version, action, parameters),
});

const byJson = (service: TrialService, target: string, input = {}): TrialCall => ({
  service,
  request: () => json(target, input),
});

const byPath = (service: TrialService, path: string, parameters = {}): TrialCall => ({
  service,
  request: () => get(path, parameters),
});

/** By action. Of what comes in pages, the smallest page that the service lets be asked for. */
const table: Readonly<Record<string, TrialCall>> = {
  'access-analyzer:ListAnalyzers': byPath(services.accessAnalyzer, '/analyzer', { maxResults: '1' }),
  'autoscaling:DescribeAutoScalingGroups': byQuery(
    services.autoScaling,
    '2011-01-01',
    'DescribeAutoScalingGroups',
    { MaxRecords: '1' },
  ),
  'budgets:ViewBudget': {
    service: services.budgets,
    request: (AccountId) => json('AWSBudgetServiceGateway.DescribeBudgets', { AccountId, MaxResults: 1 }),
  },
  'cloudformation:DescribeStacks': byQuery(services.cloudFormation, '2010-05-15', 'DescribeStacks'),
  'cloudformation:ListStacks': byQuery(services.cloudFormation, '2010-05-15', 'ListStacks'),
  'cloudtrail:DescribeTrails': byJson(
    services.cloudTrail,
    'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.DescribeTrails',
    { includeShadowTrails: false },
  ),
  'config:DescribeConfigurationRecorders': byJson(
    services.config,
    'StarlingDoveService.DescribeConfigurationRecorders',
  ),
  'cur:DescribeReportDefinitions': byJson(
    services.costAndUsageReport,
    'AWSOrigamiServiceGatewayService.DescribeReportDefinitions',
    { MaxResults: 5 },
  ),
  'ec2:DescribeInstances': ec2('DescribeInstances'),
  'ec2:DescribeRegions': ec2('DescribeRegions'),
  'ec2:DescribeSecurityGroups': ec2('DescribeSecurityGroups'),
  'ec2:DescribeVolumes': ec2('DescribeVolumes'),
  'ec2:DescribeVpcs': ec2('DescribeVpcs'),
  'ecs:ListClusters': byJson(services.ecs, 'AmazonEC2ContainerServiceV20141113.ListClusters', {
    maxResults: 1,
  }),
  'eks:ListClusters': byPath(services.eks, '/clusters', { maxResults: '1' }),
  'elasticloadbalancing:DescribeLoadBalancers': byQuery(
    services.loadBalancing,
    '2015-12-01',
    'DescribeLoadBalancers',
    { PageSize: '1' },
  ),
  'guardduty:ListDetectors': byPath(services.guardDuty, '/detector', { maxResults: '1' }),
  'iam:GetAccountAuthorizationDetails': iam('GetAccountAuthorizationDetails', { MaxItems: '1' }),
  'iam:GetAccountPasswordPolicy': iam('GetAccountPasswordPolicy', {}, ['NoSuchEntity']),
  'iam:GetAccountSummary': iam('GetAccountSummary'),
  'iam:ListRoles': iam('ListRoles', { MaxItems: '1' }),
  'iam:ListUsers': iam('ListUsers', { MaxItems: '1' }),
  'kms:ListKeys': byJson(services.kms, 'TrentService.ListKeys', { Limit: 1 }),
  'lambda:ListFunctions': byPath(services.lambda, '/2015-03-31/functions', { MaxItems: '1' }),
  'logs:DescribeLogGroups': byJson(services.logs, 'Logs_20140328.DescribeLogGroups', { limit: 1 }),
  'organizations:DescribeOrganization': {
    ...byJson(services.organizations, 'AWSOrganizationsV20161128.DescribeOrganization'),
    proof: ['AWSOrganizationsNotInUseException'],
  },
  // Fewer than 20 RDS refuses.
  'rds:DescribeDBInstances': byQuery(services.rds, '2014-10-31', 'DescribeDBInstances', { MaxRecords: '20' }),
  's3:ListAllMyBuckets': byPath(services.s3, '/', { 'max-buckets': '1' }),
  'secretsmanager:ListSecrets': byJson(services.secretsManager, 'secretsmanager.ListSecrets', {
    MaxResults: 1,
  }),
  // Needs no permission, and cannot be denied.
  'sts:GetCallerIdentity': byQuery(services.sts, '2011-06-15', 'GetCallerIdentity'),
  'tag:GetResources': byJson(services.tagging, 'ResourceGroupsTaggingAPI_20170126.GetResources', {
    ResourcesPerPage: 1,
  }),
};

/** The actions that a call is known for. */
export const trialActions: readonly string[] = Object.keys(table);

const calls = new Map(Object.entries(table).map(([action, call]) => [action.toLowerCase(), call]));
