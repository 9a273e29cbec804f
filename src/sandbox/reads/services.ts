import { organizationReads } from '../organizations/reads.js';
import type { ReadOperation, ReadService } from './operation.js';

type Row = readonly [
  name: string,
  action: string,
  empty: readonly string[],
  more?: Pick<ReadOperation, 'page' | 'required'>,
];

const operations = (...rows: readonly Row[]): ReadonlyMap<string, ReadOperation> =>
  new Map(rows.map(([name, action, empty, more = {}]) => [name, { action, empty, ...more }]));

/** The services that can be read from, by the name that signatures have. Source: AWS's service models. */
export const readServices: ReadonlyMap<string, ReadService> = new Map<string, ReadService>([
  [
    'ec2',
    {
      protocol: 'ec2',
      version: '2016-11-15',
      operations: operations(
        ['DescribeInstances', 'ec2:DescribeInstances', ['reservationSet'], { page: ['MaxResults', 5, 1000] }],
        ['DescribeRegions', 'ec2:DescribeRegions', ['regionInfo']],
        [
          'DescribeSecurityGroups',
          'ec2:DescribeSecurityGroups',
          ['securityGroupInfo'],
          { page: ['MaxResults', 5, 1000] },
        ],
        ['DescribeVolumes', 'ec2:DescribeVolumes', ['volumeSet'], { page: ['MaxResults', 5, 1000] }],
        ['DescribeVpcs', 'ec2:DescribeVpcs', ['vpcSet'], { page: ['MaxResults', 5, 1000] }],
      ),
    },
  ],
  [
    'rds',
    byQuery('2014-10-31', [
      'DescribeDBInstances',
      'rds:DescribeDBInstances',
      ['DBInstances'],
      { page: ['MaxRecords', 20, 100] },
    ]),
  ],
  [
    'autoscaling',
    byQuery('2011-01-01', [
      'DescribeAutoScalingGroups',
      'autoscaling:DescribeAutoScalingGroups',
      ['AutoScalingGroups'],
      { page: ['MaxRecords', 1, 100] },
    ]),
  ],
  [
    'elasticloadbalancing',
    byQuery('2015-12-01', [
      'DescribeLoadBalancers',
      'elasticloadbalancing:DescribeLoadBalancers',
      ['LoadBalancers'],
      { page: ['PageSize', 1, 400] },
    ]),
  ],
  [
    'cloudtrail',
    byTarget('com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101', [
      'DescribeTrails',
      'cloudtrail:DescribeTrails',
      ['trailList'],
    ]),
  ],
  [
    'config',
    byTarget('StarlingDoveService', [
      'DescribeConfigurationRecorders',
      'config:DescribeConfigurationRecorders',
      ['ConfigurationRecorders'],
    ]),
  ],
  ['kms', byTarget('TrentService', ['ListKeys', 'kms:ListKeys', ['Keys'], { page: ['Limit', 1, 1000] }])],
  [
    'logs',
    byTarget('Logs_20140328', [
      'DescribeLogGroups',
      'logs:DescribeLogGroups',
      ['logGroups'],
      { page: ['limit', 1, 50] },
    ]),
  ],
  [
    'secretsmanager',
    byTarget('secretsmanager', [
      'ListSecrets',
      'secretsmanager:ListSecrets',
      ['SecretList'],
      { page: ['MaxResults', 1, 100] },
    ]),
  ],
  [
    'ecs',
    byTarget('AmazonEC2ContainerServiceV20141113', [
      'ListClusters',
      'ecs:ListClusters',
      ['clusterArns'],
      { page: ['maxResults', 1, 100] },
    ]),
  ],
  [
    'tagging',
    byTarget('ResourceGroupsTaggingAPI_20170126', [
      'GetResources',
      'tag:GetResources',
      ['ResourceTagMappingList'],
      { page: ['ResourcesPerPage', 1, 100] },
    ]),
  ],
  [
    'cur',
    byTarget('AWSOrigamiServiceGatewayService', [
      'DescribeReportDefinitions',
      'cur:DescribeReportDefinitions',
      ['ReportDefinitions'],
      { page: ['MaxResults', 5, 5] },
    ]),
  ],
  [
    'budgets',
    byTarget('AWSBudgetServiceGateway', [
      'DescribeBudgets',
      'budgets:ViewBudget',
      ['Budgets'],
      { page: ['MaxResults', 1, 1000], required: ['AccountId'] },
    ]),
  ],
  ['organizations', { protocol: 'json', target: 'AWSOrganizationsV20161128', operations: organizationReads }],
  [
    'lambda',
    byPath([
      '/2015-03-31/functions',
      'lambda:ListFunctions',
      ['Functions'],
      { page: ['MaxItems', 1, 10_000] },
    ]),
  ],
  ['eks', byPath(['/clusters', 'eks:ListClusters', ['clusters'], { page: ['maxResults', 1, 100] }])],
  [
    'guardduty',
    byPath(['/detector', 'guardduty:ListDetectors', ['detectorIds'], { page: ['maxResults', 1, 50] }]),
  ],
  ['access-analyzer', byPath(['/analyzer', 'access-analyzer:ListAnalyzers', ['analyzers']])],
]);

function byQuery(version: string, ...rows: readonly Row[]): ReadService {
  return { protocol: 'query', version, operations: operations(...rows) };
}

function byTarget(target: string, ...rows: readonly Row[]): ReadService {
  return { protocol: 'json', target, operations: operations(...rows) };
}

function byPath(...rows: readonly Row[]): ReadService {
  return { protocol: 'rest', operations: operations(...rows) };
}
