import type { Partition } from '../core/partition.js';

/** An AWS service that is asked without a client of its own. */
export interface TrialService {
  /** The service's name in the SDK's settings: `AWS_ENDPOINT_URL_CLOUDWATCH_LOGS` for `CloudWatch Logs`. */
  readonly id: string;
  /** Its name in hosts and in signatures. */
  readonly name: string;
  /** Of a service with one endpoint for a whole partition: host without suffix, and region, by partition. */
  readonly global?: Readonly<Record<string, readonly [host: string, region: string]>>;
}

/** Where a service is asked, and for which region that is signed. */
export interface TrialEndpoint {
  readonly url: string;
  readonly region: string;
}

/** The endpoint in a region by AWS's own rules, or null where the service has none in that partition. */
export function endpointIn(
  { name, global }: TrialService,
  { id, dnsSuffix }: Partition,
  region: string,
): TrialEndpoint | null {
  if (global === undefined) return { url: `https://${name}.${region}.${dnsSuffix}`, region };
  const [host, home] = global[id] ?? [];
  return host === undefined || home === undefined
    ? null
    : { url: `https://${host}.${dnsSuffix}`, region: home };
}

const regional = (id: string, name: string): TrialService => ({ id, name });

/** Source of the names and of the global endpoints: AWS's service models and endpoint rule sets. */
export const services = {
  accessAnalyzer: regional('AccessAnalyzer', 'access-analyzer'),
  autoScaling: regional('Auto Scaling', 'autoscaling'),
  cloudFormation: regional('CloudFormation', 'cloudformation'),
  cloudTrail: regional('CloudTrail', 'cloudtrail'),
  config: regional('Config Service', 'config'),
  ec2: regional('EC2', 'ec2'),
  ecs: regional('ECS', 'ecs'),
  eks: regional('EKS', 'eks'),
  guardDuty: regional('GuardDuty', 'guardduty'),
  kms: regional('KMS', 'kms'),
  lambda: regional('Lambda', 'lambda'),
  loadBalancing: regional('Elastic Load Balancing v2', 'elasticloadbalancing'),
  logs: regional('CloudWatch Logs', 'logs'),
  rds: regional('RDS', 'rds'),
  s3: regional('S3', 's3'),
  secretsManager: regional('Secrets Manager', 'secretsmanager'),
  sts: regional('STS', 'sts'),
  tagging: regional('Resource Groups Tagging API', 'tagging'),
  budgets: {
    id: 'Budgets',
    name: 'budgets',
    global: { aws: ['budgets', 'us-east-1'], 'aws-cn': ['budgets', 'cn-northwest-1'] },
  },
  costAndUsageReport: {
    id: 'Cost and Usage Report Service',
    name: 'cur',
    global: { aws: ['cur.us-east-1', 'us-east-1'], 'aws-cn': ['cur.cn-northwest-1', 'cn-northwest-1'] },
  },
  iam: {
    id: 'IAM',
    name: 'iam',
    global: {
      aws: ['iam', 'us-east-1'],
      'aws-us-gov': ['iam.us-gov', 'us-gov-west-1'],
      'aws-cn': ['iam.cn-north-1', 'cn-north-1'],
      'aws-eusc': ['iam.eusc-de-east-1', 'eusc-de-east-1'],
      'aws-iso': ['iam.us-iso-east-1', 'us-iso-east-1'],
      'aws-iso-b': ['iam.us-isob-east-1', 'us-isob-east-1'],
    },
  },
  organizations: {
    id: 'Organizations',
    name: 'organizations',
    global: {
      aws: ['organizations.us-east-1', 'us-east-1'],
      'aws-us-gov': ['organizations.us-gov-west-1', 'us-gov-west-1'],
      'aws-cn': ['organizations.cn-northwest-1', 'cn-northwest-1'],
      'aws-iso': ['organizations.us-iso-east-1', 'us-iso-east-1'],
      'aws-iso-b': ['organizations.us-isob-east-1', 'us-isob-east-1'],
    },
  },
} as const satisfies Record<string, TrialService>;
