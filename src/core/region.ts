/** A region, by the name that the API takes and the one that the console shows. */
export interface Region {
  readonly name: string;
  readonly place: string;
  /** Whether an account has to be opted in to it before anything can be made there. */
  readonly optIn: boolean;
}

type Places = Readonly<Record<string, string>>;

/**
 * Regions by partition. Sources: the AWS SDK's partition data for the names; AWS Account Management, "Enable or
 * disable AWS Regions in your account", for the 17 that are on in every account of the partition aws.
 */
export const regionsOf = {
  aws: [
    ...regions(false, {
      'us-east-1': 'US East (N. Virginia)',
      'us-east-2': 'US East (Ohio)',
      'us-west-1': 'US West (N. California)',
      'us-west-2': 'US West (Oregon)',
      'ca-central-1': 'Canada (Central)',
      'sa-east-1': 'South America (São Paulo)',
      'eu-central-1': 'Europe (Frankfurt)',
      'eu-north-1': 'Europe (Stockholm)',
      'eu-west-1': 'Europe (Ireland)',
      'eu-west-2': 'Europe (London)',
      'eu-west-3': 'Europe (Paris)',
      'ap-northeast-1': 'Asia Pacific (Tokyo)',
      'ap-northeast-2': 'Asia Pacific (Seoul)',
      'ap-northeast-3': 'Asia Pacific (Osaka)',
      'ap-south-1': 'Asia Pacific (Mumbai)',
      'ap-southeast-1': 'Asia Pacific (Singapore)',
      'ap-southeast-2': 'Asia Pacific (Sydney)',
    }),
    ...regions(true, {
      'ca-west-1': 'Canada West (Calgary)',
      'mx-central-1': 'Mexico (Central)',
      'sa-west-1': 'South America (Chile)',
      'eu-central-2': 'Europe (Zurich)',
      'eu-south-1': 'Europe (Milan)',
      'eu-south-2': 'Europe (Spain)',
      'il-central-1': 'Israel (Tel Aviv)',
      'me-central-1': 'Middle East (UAE)',
      'me-south-1': 'Middle East (Bahrain)',
      'me-west-1': 'Middle East (Saudi Arabia)',
      'af-south-1': 'Africa (Cape Town)',
      'ap-east-1': 'Asia Pacific (Hong Kong)',
      'ap-east-2': 'Asia Pacific (Taipei)',
      'ap-south-2': 'Asia Pacific (Hyderabad)',
      'ap-southeast-3': 'Asia Pacific (Jakarta)',
      'ap-southeast-4': 'Asia Pacific (Melbourne)',
      'ap-southeast-5': 'Asia Pacific (Malaysia)',
      'ap-southeast-6': 'Asia Pacific (New Zealand)',
      'ap-southeast-7': 'Asia Pacific (Thailand)',
    }),
  ],
  'aws-us-gov': regions(false, {
    'us-gov-east-1': 'AWS GovCloud (US-East)',
    'us-gov-west-1': 'AWS GovCloud (US-West)',
  }),
  'aws-cn': regions(false, {
    'cn-north-1': 'China (Beijing)',
    'cn-northwest-1': 'China (Ningxia)',
  }),
  'aws-eusc': regions(false, {
    'eusc-de-east-1': 'AWS European Sovereign Cloud (Germany)',
  }),
  'aws-iso': regions(false, {
    'us-iso-east-1': 'US ISO East',
    'us-iso-west-1': 'US ISO West',
  }),
  'aws-iso-b': regions(false, {
    'us-isob-east-1': 'US ISOB East (Ohio)',
    'us-isob-west-1': 'US ISOB West',
  }),
} as const satisfies Readonly<Record<string, readonly Region[]>>;

function regions(optIn: boolean, places: Places): readonly Region[] {
  return Object.entries(places).map(([name, place]) => ({ name, place, optIn }));
}
