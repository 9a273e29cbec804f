/** One of AWS's managed policies that only read. */
export interface ReadingPolicy {
  /** What it allows, in words for a client's administrator. */
  readonly words: string;
  /** Whether it reads what is in the services, too: objects, rows, messages. */
  readonly readsData: boolean;
}

/** Source: AWS Managed Policy Reference, a page for each. */
const policies: ReadonlyMap<string, ReadingPolicy> = new Map([
  [
    'SecurityAudit',
    {
      words:
        'Look at how your services are set up: names, settings, tags and policies of users and roles, networks, storage, databases, logs and the like.',
      readsData: false,
    },
  ],
  [
    'job-function/ViewOnlyAccess',
    { words: 'List what there is in your services, with names and basic settings.', readsData: false },
  ],
  [
    'AWSBillingReadOnlyAccess',
    { words: 'See your bills, costs, budgets and payment settings.', readsData: false },
  ],
  [
    'ReadOnlyAccess',
    { words: 'Read everything in your services: settings, and the data in them as well.', readsData: true },
  ],
]);

/** What is known of a managed policy, by its name with its path; undefined where it is not known to only read. */
export function readingPolicy(name: string): ReadingPolicy | undefined {
  return policies.get(name);
}

/** Whether one of AWS's managed policies only reads: it is known here, or AWS's name for it says so. */
export function isReadingPolicy(name: string): boolean {
  return policies.has(name) || /^(?:[\w-]+\/)*[\w-]+ReadOnly(?:Access)?$/.test(name);
}

const READING_VERBS = [
  'Get',
  'List',
  'Describe',
  'View',
  'Search',
  'Lookup',
  'BatchGet',
  'BatchDescribe',
  'Estimate',
];

/**
 * Whether an action is known to only read: one service, and a verb that AWS uses for reading. A pattern has to begin
 * with the whole verb. What a verb does not tell, such as iam:GenerateCredentialReport, counts as writing.
 * Source: Service Authorization Reference, "Access level".
 */
export function isReading(action: string): boolean {
  const [service = '', name = ''] = action.split(':');
  if (service.includes('*')) return false;
  return READING_VERBS.some(
    (verb) => name.startsWith(verb) && /^(?:$|[A-Z*?])/.test(name.slice(verb.length)),
  );
}
