/** What can be wrong with a call, told to whoever made it. One table: code, HTTP status, title, remedy. */
const problems = {
  'body-malformed': [400, 'The body cannot be read', 'Send one JSON object in UTF-8, with each key once.'],
  'request-broken': [400, 'The request cannot be read', 'Send it by a client that speaks HTTP/1.1.'],
  'request-invalid': [400, 'The request is not valid', 'Correct the fields named in `errors`.'],
  'key-missing': [401, 'No API key', 'Send `Authorization: Bearer KEY`.'],
  'key-unknown': [401, 'The API key is not known', 'Check the key for typing errors, or ask for a new one.'],
  'key-malformed': [
    401,
    'The API key is not complete',
    'Copy the key again, all of it: part of it is missing or changed.',
  ],
  'key-expired': [401, 'The API key has expired', 'Use another key, or ask for a new one.'],
  'token-invalid': [
    401,
    'The access token is not taken',
    'Get a new one from the issuer, for this service; `detail` says why.',
  ],
  'scope-missing': [403, 'The API key may not do this', 'Use a key that has the scope named in `detail`.'],
  'key-limited': [
    403,
    'The API key is limited to some clients',
    'Use a key that is not limited to some clients.',
  ],
  'key-exceeds-maker': [
    403,
    'The new key would be allowed more than the one that makes it',
    'Ask for less, or use a key that is allowed as much as the new one.',
  ],
  'signature-invalid': [
    403,
    'The message is not signed as it should be',
    'Send it through the stack’s own topic.',
  ],
  'token-unknown': [403, 'The token is not known', 'Launch the stack from the link, unchanged.'],
  'import-not-allowed': [
    403,
    'External IDs from outside are not taken',
    'Have whoever runs the service set ALLOW_IMPORT=true while roles are moved here.',
  ],
  'not-found': [404, 'There is no such thing', 'Check the id in the address.'],
  'method-not-allowed': [405, 'The address does not take this method', 'See /docs for what it takes.'],
  'request-timeout': [408, 'The request took too long to arrive', 'Send it again, in one go.'],
  'reference-taken': [409, 'The reference is taken', 'Use the client that has it, or another reference.'],
  'external-id-taken': [
    409,
    'The external ID is a client’s, or was',
    'Give the role an external ID of its own: no two clients may have the same one, ever.',
  ],
  'rotation-open': [409, 'An external ID is being replaced already', 'Wait until it is done, or cancel it.'],
  'rotation-under-way': [
    409,
    'Some accounts have gone over to the new external ID',
    'Let the others follow; to go back would lock the service out of those that have.',
  ],
  'request-in-progress': [
    409,
    'The same request is under way',
    'Send it again, with the same Idempotency-Key, after the seconds in Retry-After.',
  ],
  'too-many-launches': [409, 'Too many links are open', 'Revoke a link that is no longer wanted.'],
  'too-many-webhooks': [409, 'There are too many webhooks', 'Remove one that is no longer wanted.'],
  'central-account-missing': [
    409,
    'This deployment knows no central account',
    'Have whoever runs the service set CENTRAL_ACCOUNT_ID, the account in which the groups’ members are, and ' +
      'CENTRAL_STACK_ROLE_ARN to deploy to it.',
  ],
  'central-stack-busy': [
    409,
    'The central account’s stack is being changed',
    'Wait until that deployment is finished, then plan another.',
  ],
  'central-stack-too-large': [
    409,
    'The central account’s stack needs a place for its templates',
    'Have whoever runs the service set CENTRAL_STACK_BUCKET to a private bucket; `detail` says what does not fit.',
  ],
  'central-stack-refused': [
    409,
    'The central account refused',
    'Give the role that deploys what `detail` says it lacks; templates/central-deployment-role.yaml has all of it.',
  ],
  'central-stack-broken': [
    409,
    'The central account’s stack has to be mended',
    'Have whoever looks after the central account continue the stack’s rollback, or delete the stack, in its console.',
  ],
  'deployment-not-planned': [
    409,
    'The deployment is not one that can be carried out',
    'Plan another: one is carried out once, and only while neither the stack nor the groups have changed.',
  ],
  'group-too-large': [
    409,
    'The group is too large',
    'Split it, or narrow what it takes; `detail` says what else there is.',
  ],
  'account-not-connected': [
    409,
    'The account is not connected',
    'Read the account: its verdict says what is wrong and what to do.',
  ],
  'account-not-enterable': [
    409,
    'The role cannot be entered now',
    'Try again in a minute; the account’s verdict will say what is wrong, if it stays.',
  ],
  'precondition-failed': [
    412,
    'It is not as it was when you read it',
    'Read it again, and decide anew whether to change it.',
  ],
  'position-expired': [
    410,
    'The position is older than the events that are kept',
    'Reconcile by the lists, then read on from the feed’s beginning: leave `after` and `cursor` out.',
  ],
  'body-too-large': [413, 'The body is too large', 'Send at most 256 KB.'],
  'content-type-unsupported': [
    415,
    'The content type is not supported',
    'Send `Content-Type: application/json`.',
  ],
  'duration-too-long': [
    422,
    'The credentials would last longer than the API key allows',
    'Ask for at most the seconds named in `detail`.',
  ],
  'idempotency-key-reused': [
    422,
    'The Idempotency-Key was used for another request',
    'Send a new key with a new request, and an old one only with the very same request.',
  ],
  'account-refused': [422, 'The account cannot be connected', 'Do what `detail` says.'],
  'member-unknown': [
    422,
    'The group has no such member',
    'Add the user to the group’s members, or ask for one of them.',
  ],
  'profile-unknown': [422, 'There is no such profile', 'Use one of the profiles named in `detail`.'],
  'region-not-served': [422, 'The region is not served', 'Use a region of the partition named in `detail`.'],
  'link-too-long': [422, 'The launch link would be too long', 'Shorten the value named in `detail`.'],
  'session-policy-refused': [
    422,
    'AWS does not take the session policy',
    'Correct or shorten `policy`; `detail` has AWS’s own words.',
  ],
  'too-many-requests': [429, 'Too many requests', 'Wait as long as Retry-After says.'],
  'headers-too-large': [431, 'The headers are too large', 'Send shorter headers, 16 KB together.'],
  'internal-error': [500, 'Something went wrong here', 'Try again; if it stays, report the request id.'],
  'aws-refused': [
    502,
    'AWS does not carry the call out',
    'Tell whoever runs this service; `detail` has AWS’s code.',
  ],
  'aws-throttled': [503, 'AWS asks to slow down', 'Try again after the seconds in Retry-After.'],
  'aws-unavailable': [503, 'AWS does not answer', 'Try again after the seconds in Retry-After.'],
  overloaded: [503, 'The service has too much to do', 'Try again after the seconds in Retry-After.'],
  unavailable: [503, 'The service cannot answer now', 'Try again after the seconds in Retry-After.'],
} as const satisfies Record<string, readonly [status: number, title: string, remedy: string]>;

export type ProblemCode = keyof typeof problems;

/** One field at fault: where it stands in the request, and what is wrong with it. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** Thrown for anything that the caller has to know of; HTTP turns it into an RFC 9457 document. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[];

  /** `detail` says what is wrong in this very case. It never repeats a secret. */
  constructor(code: ProblemCode, detail: string, errors: readonly FieldError[] = []) {
    super(detail);
    this.name = 'Problem';
    this.code = code;
    this.errors = errors;
  }
}

/** A problem's row in the table. */
export function problemRow(code: ProblemCode): {
  status: number;
  title: string;
  remedy: string;
} {
  const [status, title, remedy] = problems[code];
  return { status, title, remedy };
}

/** Every code there is, for the documentation. */
export function problemCodes(): readonly ProblemCode[] {
  return Object.keys(problems) as ProblemCode[];
}
