import { type Region, regionsOf } from './region.js';

/** An AWS partition: AWS's own data, the part of it that links, hosts and ARNs are built from. */
export interface Partition {
  readonly id: string;
  /** The suffix of service hosts, as in `sns.REGION.<dnsSuffix>`. */
  readonly dnsSuffix: string;
  /** The console is at `REGION.<consoleDomain>`. */
  readonly consoleDomain: string;
  /** Where the console lets people switch roles. */
  readonly signInHost: string;
  /** Region names of this partition. Source: the AWS SDK's partition data. */
  readonly regionPattern: RegExp;
  /** Where a launch points when nobody chose. */
  readonly defaultRegion: string;
  /** Regions offered to a client who may choose. */
  readonly regions: readonly Region[];
  /** Whether an organization's stack sets make stacks in its accounts by themselves (service-managed permissions). */
  readonly stackSetsOfOrganizations: boolean;
}

export const partitions: readonly Partition[] = [
  {
    id: 'aws',
    dnsSuffix: 'amazonaws.com',
    consoleDomain: 'console.aws.amazon.com',
    signInHost: 'signin.aws.amazon.com',
    regionPattern: /^(us|eu|ap|sa|ca|me|af|il|mx)-(?!gov|iso)\w+-\d+$/,
    defaultRegion: 'us-east-1',
    regions: regionsOf.aws,
    stackSetsOfOrganizations: true,
  },
  {
    id: 'aws-us-gov',
    dnsSuffix: 'amazonaws.com',
    consoleDomain: 'console.amazonaws-us-gov.com',
    signInHost: 'signin.amazonaws-us-gov.com',
    regionPattern: /^us-gov-\w+-\d+$/,
    defaultRegion: 'us-gov-west-1',
    regions: regionsOf['aws-us-gov'],
    stackSetsOfOrganizations: true,
  },
  {
    id: 'aws-cn',
    dnsSuffix: 'amazonaws.com.cn',
    consoleDomain: 'console.amazonaws.cn',
    signInHost: 'signin.amazonaws.cn',
    regionPattern: /^cn-\w+-\d+$/,
    defaultRegion: 'cn-north-1',
    regions: regionsOf['aws-cn'],
    stackSetsOfOrganizations: false,
  },
  {
    id: 'aws-eusc',
    dnsSuffix: 'amazonaws.eu',
    consoleDomain: 'console.amazonaws-eusc.eu',
    signInHost: 'signin.amazonaws-eusc.eu',
    regionPattern: /^eusc-(de)-\w+-\d+$/,
    defaultRegion: 'eusc-de-east-1',
    regions: regionsOf['aws-eusc'],
    stackSetsOfOrganizations: true,
  },
  {
    id: 'aws-iso',
    dnsSuffix: 'c2s.ic.gov',
    consoleDomain: 'console.c2shome.ic.gov',
    signInHost: 'signin.c2shome.ic.gov',
    regionPattern: /^us-iso-\w+-\d+$/,
    defaultRegion: 'us-iso-east-1',
    regions: regionsOf['aws-iso'],
    stackSetsOfOrganizations: true,
  },
  {
    id: 'aws-iso-b',
    dnsSuffix: 'sc2s.sgov.gov',
    consoleDomain: 'console.sc2shome.sgov.gov',
    signInHost: 'signin.sc2shome.sgov.gov',
    regionPattern: /^us-isob-\w+-\d+$/,
    defaultRegion: 'us-isob-east-1',
    regions: regionsOf['aws-iso-b'],
    stackSetsOfOrganizations: true,
  },
];

/** The partition with this id, or undefined: an ARN that names another was not made by AWS. */
export function partitionById(id: string): Partition | undefined {
  return partitions.find((partition) => partition.id === id);
}

/** Whether the region's name belongs to the partition; regions newer than the list count by their form. */
export function isRegionOf(partition: Partition, region: string): boolean {
  return partition.regions.some(({ name }) => name === region) || partition.regionPattern.test(region);
}
