import { readdir, readFile } from 'node:fs/promises';
import fc from 'fast-check';
import t from 'tap';
import type { Account } from '../../src/core/account.js';
import type { Client } from '../../src/core/client.js';
import type { ExternalId } from '../../src/core/external-id.js';
import { failure } from '../../src/core/failure.js';
import { finding } from '../../src/core/finding.js';
import { clientId, launchId } from '../../src/core/id.js';
import type { Callback, Launch, LaunchStatus } from '../../src/core/launch.js';
import { type Partition, partitionById } from '../../src/core/partition.js';
import { Problem } from '../../src/core/problem.js';
import { hashToken, pageToken } from '../../src/core/token.js';
import type { Verdict } from '../../src/core/verdict.js';
import { claimIn, claimOf, faultOf } from '../../src/http/pages/account-entry.js';
import { type LaunchPageView, launchPage, launchProgress, missingPage } from '../../src/http/pages/launch.js';
import { checksOf, permissionsOf, readableCommand } from '../../src/http/pages/launch-facts.js';
import { stackWords } from '../../src/http/pages/launch-stack.js';
import { isMoving, launchState } from '../../src/http/pages/launch-state.js';
import { launchSteps } from '../../src/http/pages/launch-steps.js';
import { launchStream, STREAM_TIMES } from '../../src/http/pages/launch-stream.js';
import { membersOf } from '../../src/http/pages/organization-members.js';
import { placeStack, regionIn } from '../../src/http/pages/region-choice.js';
import type { HumanAccess } from '../../src/templates/human-access.js';
import type { Profile } from '../../src/templates/profiles.js';
import { must } from '../core/things.js';

const T = Date.UTC(2026, 10, 24, 9, 41, 7);
const client = clientId('0193f9a0-0000-7000-8000-000000000001');
const token = pageToken(client, new Uint8Array(32).fill(7));

const launch: Launch = {
  id: launchId('0193f9a0-0000-7000-8000-000000000002'),
  pageTokenHash: hashToken(token),
  callbackTokenHash: hashToken(token),
  callback: 'sns',
  region: 'eu-central-1',
  stackName: 'rolecall-acme-000002',
  expectedAccountIds: [],
  maxAccounts: 1,
  createdAt: T,
  expiresAt: T + 86_400_000,
  openedAt: T + 1_000,
  revokedAt: null,
  accounts: [],
};

const acme: Client = {
  kind: 'client',
  rev: null,
  id: client,
  name: 'Acme',
  reference: null,
  externalIdSource: 'generated',
  externalId: '3f2c9a1e-7c44-4f3b-9d0a-5be1c2d7a960' as ExternalId,
  status: 'invited',
  profile: 'security-audit',
  callback: 'sns',
  region: 'eu-central-1',
  allowSharedAccounts: false,
  metadata: {},
  createdAt: T,
  updatedAt: T,
  removedAt: null,
  launches: [launch],
  retired: [],
  rotation: null,
  retiredExternalId: null,
};

const safe: Verdict = {
  assumable: true,
  requiresExternalId: true,
  rejectsWrongExternalId: true,
  accountMatches: true,
  permissions: { granted: [], missing: [], denied: [], unchecked: [] },
  findings: [],
  humanRole: null,
  attempts: 3,
  enteredBy: null,
  stackStatus: null,
  failure: null,
};

const unsafe: Verdict = {
  ...safe,
  requiresExternalId: false,
  rejectsWrongExternalId: null,
  failure: failure('trust-without-external-id'),
};

const nothingKnown: Verdict = { ...safe, assumable: null, failure: failure('service-at-fault') };

const verifying: Account = {
  kind: 'account',
  rev: null,
  clientId: client,
  accountId: '444455556666',
  partition: 'aws',
  roleArn: 'arn:aws:iam::444455556666:role/acme',
  humanRoleArn: null,
  launchId: launch.id,
  stackId: 'arn:aws:cloudformation:eu-central-1:444455556666:stack/rolecall-acme-000002/1',
  region: 'eu-central-1',
  templateVersion: '1',
  status: 'verifying',
  verdict: null,
  connectedBy: null,
  pending: null,
  trying: null,
  failing: null,
  trustRemains: false,
  rotatedTo: null,
  organization: null,
  createdAt: T + 60_000,
  connectedAt: null,
  lastVerifiedAt: null,
  nextVerificationAt: null,
};
const checkedAt = { lastVerifiedAt: T + 75_000 };
const connected: Account = {
  ...verifying,
  ...checkedAt,
  status: 'connected',
  verdict: safe,
  connectedAt: T + 75_000,
};
const rejected: Account = {
  ...verifying,
  ...checkedAt,
  status: 'rejected',
  verdict: unsafe,
};
const degraded: Account = {
  ...connected,
  status: 'degraded',
  verdict: unsafe,
  lastVerifiedAt: T + 900_000,
};
const disconnected: Account = { ...connected, status: 'disconnected' };
const undecided: Account = { ...rejected, status: 'verifying', verdict: nothingKnown };

/** What a profile has that asks for managed policies alone. */
const plainProfile = {
  ...{ statements: [], denials: [], prove: [], missing: 'tell' as const },
  ...{ maxSessionSeconds: 3_600, broadReason: null, humanAccess: null },
};

function view(changes: Partial<LaunchPageView> = {}): LaunchPageView {
  return {
    client: acme,
    launch,
    token,
    status: 'open',
    accounts: [],
    attempts: 0,
    update: null,
    choice: null,
    query: '',
    links: {
      pageUrl: `https://rolecall.example/launch/${token}`,
      callbackUrl: 'https://rolecall.example/callbacks/sns/callback-token',
      quickCreateUrl: 'https://eu-central-1.console.aws.amazon.com/cloudformation/home?a=1&b=2',
      commands: {
        awsCli: 'aws cloudformation create-stack --region eu-central-1',
        terraform: 'resource {}',
      },
    },
    templateUrl: 'https://templates.example/connect-sns.yaml',
    profile: {
      name: 'security-audit',
      title: 'Security audit',
      summary: 'Reads the configuration of your services.',
      managedPolicies: ['SecurityAudit'],
      ...plainProfile,
    },
    operatorName: 'Rolecall',
    support: null,
    hasLogo: false,
    trustedAccountId: '999988887777',
    now: T,
    ...changes,
  };
}

/** The page of a link with this callback; of `none` nothing but the stack's own name is told. */
function viewOf(callback: Callback, changes: Partial<LaunchPageView> = {}): LaunchPageView {
  const { links, ...plain } = view();
  const callbackUrl = callback === 'none' ? null : `https://rolecall.example/callbacks/${callback}/token`;
  return { ...plain, launch: { ...launch, callback }, links: links && { ...links, callbackUrl }, ...changes };
}
const callbacks = ['sns', 'lambda', 'none'] as const;
const none = { ...launch, callback: 'none' } as const;

/** An account that was entered on the page, and is tried. */
const entered: Account = {
  ...verifying,
  roleArn: `arn:aws:iam::444455556666:role/${launch.stackName}`,
  stackId: null,
  region: null,
  templateVersion: null,
  trying: { until: launch.expiresAt, attempts: 0 },
};
const triedOften: Account = { ...entered, trying: { until: launch.expiresAt, attempts: 4 } };
const enteredWell: Account = { ...connected, ...noStack(entered) };

function noStack({ roleArn, stackId, region, templateVersion }: Account) {
  return { roleArn, stackId, region, templateVersion };
}

const states: [string, LaunchStatus, readonly Account[]][] = [
  ['waiting', 'open', []],
  ['expired', 'expired', []],
  ['revoked', 'revoked', []],
  ['used', 'used', []],
  ['verifying', 'open', [verifying]],
  ['verifying', 'expired', [verifying]],
  ['verifying', 'open', [verifying, connected]],
  ['connected', 'used', [connected]],
  ['connected', 'revoked', [connected]],
  ['connected', 'open', [rejected, connected]],
  ['degraded', 'used', [degraded]],
  ['rejected', 'open', [rejected]],
  ['rejected', 'used', [connected, rejected]],
  ['expired', 'expired', [rejected]],
  ['revoked', 'revoked', [disconnected]],
  ['disconnected', 'used', [disconnected]],
  ['verifying', 'open', [entered]],
  ['revoked', 'revoked', [entered]],
  ['undecided', 'open', [undecided]],
];

t.test('the state of a page is its account’s that moved last, or else its link’s', async (t) => {
  for (const [word, status, accounts] of states) {
    const of = accounts.map((account) => account.status).join(' and ') || 'no account';
    t.equal(launchState({ launch, status, accounts }), word, `${word}: link ${status}, ${of}`);
  }
});

type Line = [status: string, label: string, at: number | null];
const opened: Line = ['done', 'Link opened', T + 1_000];
const started: readonly Line[] = [
  ['done', 'Stack started', T + 60_000],
  ['done', 'Role made', T + 60_000],
];
const well: readonly Line[] = [
  opened,
  ...started,
  ['done', 'Verified', T + 75_000],
  ['done', 'Connected', T + 75_000],
];
const numbered: Line = ['done', 'Account number 444455556666 entered', T + 60_000];
const revokedLaunch = { ...launch, revokedAt: T + 5_000 };
const progress: [string, Partial<LaunchPageView>, readonly Line[]][] = [
  [
    'nothing has come yet',
    {},
    [
      opened,
      ['now', 'Start the stack', null],
      ['todo', 'Role made', null],
      ['todo', 'Verifying', null],
      ['todo', 'Connected', null],
    ],
  ],
  [
    'a verification under way',
    { accounts: [verifying] },
    [opened, ...started, ['now', 'Verifying', null], ['todo', 'Connected', null]],
  ],
  [
    'a verification whose attempts are known',
    { accounts: [verifying], attempts: 4 },
    [opened, ...started, ['now', 'Verifying (attempt 4)', null], ['todo', 'Connected', null]],
  ],
  [
    'an account tried anew, whose first stack was another',
    { accounts: [{ ...verifying, ...checkedAt }] },
    [
      opened,
      ['done', 'Stack started', null],
      ['done', 'Role made', null],
      ['now', 'Verifying', null],
      ['todo', 'Connected', null],
    ],
  ],
  ['a connected account', { accounts: [connected], status: 'used' }, well],
  [
    'a refused account',
    { accounts: [rejected] },
    [opened, ...started, ['failed', 'Verification failed', T + 75_000], ['todo', 'Connected', null]],
  ],
  [
    'an account refused before anything was tried',
    { accounts: [{ ...rejected, verdict: { ...unsafe, attempts: 0 } }] },
    [
      opened,
      ...started,
      ['failed', 'Refused before it was verified', T + 75_000],
      ['todo', 'Connected', null],
    ],
  ],
  [
    'an account that a later check found changed',
    { accounts: [degraded], status: 'used' },
    [...well, ['failed', 'A later check failed', T + 900_000]],
  ],
  [
    'an account that is gone',
    { accounts: [disconnected], status: 'used' },
    [...well, ['failed', 'Access ended', null]],
  ],
  [
    'a stack that nobody reports',
    { launch: none },
    [
      opened,
      ['now', 'Launch the stack', null],
      ['todo', 'Account number entered', null],
      ['todo', 'Verifying', null],
      ['todo', 'Connected', null],
    ],
  ],
  [
    'a number that was entered just now',
    { launch: none, accounts: [entered] },
    [opened, numbered, ['now', 'Verifying', null], ['todo', 'Connected', null]],
  ],
  [
    'a number that is tried until its role is there',
    { launch: none, accounts: [triedOften] },
    [opened, numbered, ['now', 'Verifying (attempt 4)', null], ['todo', 'Connected', null]],
  ],
  [
    'a number beside an account that came in before',
    { launch: none, accounts: [triedOften, { ...enteredWell, accountId: '1'.repeat(12) }] },
    [opened, numbered, ['now', 'Verifying (attempt 4)', null], ['todo', 'Connected', null]],
  ],
  [
    'a number that led to a connection',
    { launch: none, accounts: [enteredWell], status: 'used' },
    [opened, numbered, ['done', 'Verified', T + 75_000], ['done', 'Connected', T + 75_000]],
  ],
  [
    'a number whose role is not safe',
    { launch: none, accounts: [{ ...rejected, ...noStack(entered) }] },
    [opened, numbered, ['failed', 'Verification failed', T + 75_000], ['todo', 'Connected', null]],
  ],
  [
    'a number that was entered on a link withdrawn since',
    { launch: { ...none, revokedAt: T + 90_000 }, accounts: [triedOften], status: 'revoked' },
    [opened, ['failed', 'Link withdrawn', T + 90_000]],
  ],
  [
    'a link that had expired when it was first opened',
    { status: 'expired', launch: { ...launch, openedAt: launch.expiresAt + 1 } },
    [['failed', 'Link expired', T + 86_400_000]],
  ],
  ['a link that has expired', { status: 'expired' }, [opened, ['failed', 'Link expired', T + 86_400_000]]],
  [
    'a link withdrawn before anybody opened it',
    { status: 'revoked', launch: { ...revokedLaunch, openedAt: null } },
    [['failed', 'Link withdrawn', T + 5_000]],
  ],
  [
    'a link used up by accounts that have moved on',
    { status: 'used' },
    [opened, ['failed', 'Link used up', null]],
  ],
];

t.test('the steps tell what has happened, what is happening and what is still to come', async (t) => {
  for (const [name, changes, lines] of progress) {
    const steps = launchSteps(view(changes)).map(({ status, label, at }) => [status, label, at]);
    t.same(steps, lines, name);
  }
});

t.test('the page offers the button exactly where a stack can still be let in', async (t) => {
  const gone = { ...launch, expiresAt: T - 1 };
  const cases: [boolean, string, Partial<LaunchPageView>][] = [
    [true, 'waiting', {}],
    [false, 'verifying', { accounts: [verifying] }],
    [false, 'connected', { accounts: [connected], status: 'used' }],
    [true, 'connected, and the link lets in another', { accounts: [connected] }],
    [true, 'rejected', { accounts: [rejected] }],
    [false, 'rejected on a link that is used', { accounts: [connected, rejected], status: 'used' }],
    [true, 'disconnected while the link is good', { accounts: [disconnected], status: 'used' }],
    [false, 'disconnected and expired', { accounts: [disconnected], status: 'used', launch: gone }],
    [false, 'expired', { status: 'expired' }],
    [false, 'revoked', { status: 'revoked', launch: revokedLaunch }],
    [false, 'no links at hand', { links: null }],
  ];
  for (const [offered, name, changes] of cases) {
    const html = launchPage(view(changes));
    t.equal(html.includes('id="launch-stack"'), offered, name);
    t.equal(html.includes('id="aws-cli"'), offered, `${name}: the other ways as well`);
  }
  t.match(
    launchPage(view()),
    /<a id="launch-stack"[^>]* href="https:[^"]*a=1&amp;b=2" target="_blank" rel="noopener noreferrer"/,
  );
});

t.test('the page says in words where it stands and what to do', async (t) => {
  const state = (changes: Partial<LaunchPageView>) =>
    /<h2 id="launch-state" data-state="(\w+)"[^>]*>([^<]+)</.exec(launchProgress(view(changes)))?.slice(1);
  t.same(state({}), ['waiting', 'Waiting for your stack']);
  t.same(state({ accounts: [connected] }), ['connected', 'AWS account 444455556666 is connected']);
  t.same(state({ accounts: [rejected] }), ['rejected', 'AWS account 444455556666 was refused']);
  t.same(state({ launch: none }), ['waiting', 'Waiting for your account number']);
  t.same(state({ launch: none, accounts: [entered] }), ['verifying', 'Verifying AWS account 444455556666']);

  const refused = launchProgress(view({ accounts: [rejected] }));
  t.match(refused, failure('trust-without-external-id').message);
  t.match(refused, failure('trust-without-external-id').remedy);
  t.match(launchPage(view({ status: 'expired' })), /Ask whoever sent it to you at Rolecall/);
  t.match(
    launchProgress(
      view({
        accounts: [connected, { ...connected, accountId: '1'.repeat(12) }],
      }),
    ),
    /Other acc/,
  );
  t.match(launchProgress(view({ accounts: [{ ...connected, stackId: null }] })), /delete the role\./);
  t.match(launchPage(view({ launch: { ...launch, maxAccounts: 3 } })), /Up to 3 AWS accounts/);
  t.match(
    launchPage(view({ launch: { ...launch, expectedAccountIds: ['123456789012'] } })),
    /AWS account 123456789012/,
  );
  t.match(missingPage({ operatorName: 'Rolecall', support: null, hasLogo: false }), /This link is not known/);

  const both = launchProgress(view({ accounts: [{ ...rejected, accountId: '1'.repeat(12) }, connected] }));
  t.match(both, failure('trust-without-external-id').remedy, 'why another was refused is said as well');

  const ended = { ...connected, status: 'disconnected' } as const;
  t.same(state({ accounts: [ended] }), ['disconnected', 'Access to AWS account 444455556666 has ended']);
  const never = { ...ended, connectedAt: null };
  t.same(
    state({ accounts: [{ ...never, verdict: nothingKnown }] })?.[0],
    'undecided',
    'what never was has no end',
  );
  t.same(state({ accounts: [{ ...never, verdict: unsafe }] })?.[0], 'rejected');
  const gone = launchProgress(view({ accounts: [{ ...never, verdict: nothingKnown }] }));
  t.match(gone, failure('service-at-fault').remedy);
  t.notMatch(gone, /Verified<|Access ended/);

  const ourFault = view({ accounts: [undecided] });
  t.same(state(ourFault), ['undecided', 'AWS account 444455556666 could not be verified']);
  t.match(launchProgress(ourFault), failure('service-at-fault').remedy);
  t.match(launchProgress(ourFault), 'href="/failures#service-at-fault"');
  t.match(launchPage(ourFault), /Launch stack again/);
});

t.test('a stack of an older template is shown its way to the newer one', async (t) => {
  t.notMatch(launchPage(view({ accounts: [connected] })), 'id="update"');
  const page = launchPage(
    view({
      accounts: [connected],
      update: {
        region: 'eu-central-1',
        stackName: 'rolecall-acme-000002',
        templateUrl: 'https://templates.example/2/security-audit-sns.yaml',
        command: "aws cloudformation update-stack --template-url 'x'",
      },
    }),
  );
  t.match(page, 'aws cloudformation update-stack --template-url &#39;x&#39;');
  t.match(page, 'https://templates.example/2/security-audit-sns.yaml');
  t.match(page, /<strong>Replace existing template<\/strong>/);
});

t.test('the page tells of each stack what its template makes, and asks for what it takes', async (t) => {
  for (const callback of callbacks) {
    const template = await readFile(
      new URL(`../../templates/connect-${callback}.yaml`, import.meta.url),
      'utf8',
    );
    const made = [...template.matchAll(/^ {4}Type: ((?:AWS|Custom)::\S+)$/gm)].map(([, type]) => type ?? '');
    const page = viewOf(callback);
    const told = stackWords(page.launch, page).parts.map(({ type }) => type);
    t.same(told.toSorted(), made.toSorted(), `${callback}: nothing is made that is not told`);

    const html = launchPage(page);
    const [, values = ''] = /<dl class="values">([\s\S]*?)<\/dl>/.exec(html) ?? [];
    const asked = [...values.matchAll(/<dt>(\w+)<\/dt><dd><code>([^<]+)</g)].map(([, name]) => name ?? '');
    const required = [...template.matchAll(/^ {2}(\w+):\n {4}Type: String\n(?! {4}Default)/gm)];
    t.same(
      asked,
      required.map(([, name]) => name),
      `${callback}: every parameter without a default`,
    );
    t.equal(html.includes('SelfInspection'), template.includes('PolicyName: SelfInspection'));
  }
  t.match(launchPage(viewOf('none')), /<dt>RoleName<\/dt><dd><code>rolecall-acme-000002</);
  t.match(launchPage(viewOf('lambda')), /<dt>CallbackUrl<\/dt><dd><code>[^<]*\/callbacks\/lambda\/token</);
});

t.test('the page names the box that the console wants ticked', async (t) => {
  const box = /tick “I acknowledge that AWS CloudFormation might create IAM resources( with custom names)?”/g;
  for (const callback of callbacks) {
    const named = [...launchPage(viewOf(callback)).matchAll(box)].map(([, custom]) => custom !== undefined);
    const custom = callback === 'none';
    t.same(named, [custom, custom], `${callback}: with the button, and by hand`);
  }
});

t.test('the page claims of each stack only what is so', async (t) => {
  const says = (callback: Callback, words: RegExp) => words.test(launchPage(viewOf(callback)));
  t.same(
    callbacks.map((callback) => says(callback, /Nothing runs in your account/)),
    [true, false, true],
  );
  t.same(
    callbacks.map((callback) => says(callback, /The stack only completes once AWS has refused/)),
    [true, true, false],
  );
  t.same(
    callbacks.map((callback) => says(callback, /All of its code is in the template/)),
    [false, true, false],
  );
  t.match(launchProgress(viewOf('none', { accounts: [rejected] })), /is still in your account/);
  t.match(
    launchProgress(viewOf('none', { accounts: [enteredWell] })),
    /delete the stack rolecall-acme-000002 in/,
  );
  t.match(launchProgress(viewOf('none', { accounts: [enteredWell] })), /In the account that was entered/);
});

t.test('whoever waits is told when to give up and how to start over', async (t) => {
  const cases: [RegExp | null, Callback, Partial<LaunchPageView>][] = [
    [/7 minutes after Create stack\?<.*topic’s notice was lost.*delete the stack/, 'sns', {}],
    [/7 minutes after Create stack\?<.*function’s call was lost.*delete the stack/, 'lambda', {}],
    [/or does not start\?<.*delete the stack/, 'none', {}],
    [/No result after 7 minutes\?<.*delete it there/, 'sns', { accounts: [verifying] }],
    [/No result after 7 minutes\?<.*delete it there/, 'lambda', { accounts: [verifying] }],
    [/5 minutes after the stack says CREATE_COMPLETE\?<.*delete the stack/, 'none', { accounts: [entered] }],
    [null, 'sns', { accounts: [connected], status: 'used' }],
    [null, 'none', { accounts: [enteredWell], status: 'used' }],
    [null, 'none', { status: 'expired' }],
  ];
  for (const [words, callback, changes] of cases) {
    const [told = ''] = /<p class="start-over">.*/.exec(launchProgress(viewOf(callback, changes))) ?? [];
    if (words === null) t.equal(told, '', `${callback}: nothing is waited for`);
    else t.match(told, words, callback);
  }
});

t.test('the number is asked for where, and as long as, it would be tried', async (t) => {
  const earlier = { ...enteredWell, status: 'disconnected' } as const;
  const cases: [string | null, string, Partial<LaunchPageView>][] = [
    ['', 'waiting', {}],
    ['123456789012', 'foreseen', { launch: { ...none, expectedAccountIds: ['123456789012'] } }],
    ['', 'one of two', { launch: { ...none, expectedAccountIds: ['123456789012', '210987654321'] } }],
    ['444455556666', 'tried', { accounts: [entered] }],
    [
      'arn:aws:iam::444455556666:role/audit/own',
      'tried by its ARN',
      { accounts: [{ ...entered, roleArn: 'arn:aws:iam::444455556666:role/audit/own' }] },
    ],
    ['444455556666', 'refused', { accounts: [{ ...rejected, ...noStack(entered) }] }],
    ['444455556666', 'gone while the link is good', { accounts: [earlier], status: 'used' }],
    ['444455556666', 'entered again then', { accounts: [{ ...entered, ...checkedAt }], status: 'used' }],
    ['', 'connected, with room for another', { accounts: [enteredWell] }],
    [null, 'connected', { accounts: [enteredWell], status: 'used' }],
    [null, 'expired', { status: 'expired' }],
    [null, 'withdrawn', { accounts: [entered], status: 'revoked', launch: { ...none, revokedAt: T } }],
  ];
  for (const [value, name, changes] of cases) {
    const html = launchPage(viewOf('none', changes));
    const shown = /<input id="account-number" name="account" value="([^"]*)"/.exec(html)?.[1] ?? null;
    t.equal(shown, value, name);
    t.equal(html.includes('id="launch-stack"'), value !== null, `${name}: and the stack offered with it`);
  }
  for (const callback of ['sns', 'lambda'] as const)
    t.notMatch(launchPage(viewOf(callback)), /<form/, `${callback}: the stack says it itself`);
  t.match(launchPage(viewOf('none', { accounts: [entered] })), /takes this one’s place/);
  const two = { launch: { ...none, maxAccounts: 2 }, accounts: [entered] };
  t.match(launchPage(viewOf('none', two)), /another one as well/);
});

t.test('what was entered and refused stays, with the fault, and is text whatever it is', async (t) => {
  const html = launchPage(viewOf('none'), { text: '"><b>12', fault: 'Twelve <digits>.' });
  t.match(html, 'name="account" value="&quot;&gt;&lt;b&gt;12"');
  t.match(html, /aria-describedby="account-fault [^>]* aria-invalid="true">/);
  t.match(html, /<p id="account-fault" class="fault" role="alert">Twelve &lt;digits&gt;\.<\/p>/);
  const late = launchPage(viewOf('none', { status: 'expired' }), { text: '1', fault: 'Too late.' });
  t.match(
    late,
    /<p class="fault" role="alert">Too late\.<\/p>/,
    'the fault is told without the form as well',
  );
  t.notMatch(launchPage(viewOf('none')), /aria-invalid/);
});

t.test('a number is read as people write it, and a fault says what is wrong with it', async (t) => {
  const good: [string, object][] = [
    ['111122223333', { accountId: '111122223333' }],
    [' 1111-2222-3333\n', { accountId: '111122223333' }],
    ['1111 2222\u00a03333', { accountId: '111122223333' }],
    ['1111–2222—3333', { accountId: '111122223333' }],
    [' arn:aws:iam::111122223333:role/a/b ', { roleArn: 'arn:aws:iam::111122223333:role/a/b' }],
  ];
  for (const [text, claim] of good) t.same(claimIn(text), claim, JSON.stringify(text));
  const bad: [string, RegExp, string][] = [
    ['', /nothing was entered/, 'accountId'],
    [' - ', /nothing was entered/, 'accountId'],
    ['11112222333', /this one has 11/, 'accountId'],
    ['1111222233334', /this one has 13/, 'accountId'],
    ['my-account-1', /12 digits and nothing else/, 'accountId'],
    ['١١١١٢٢٢٢٣٣٣٣', /12 digits and nothing else/, 'accountId'],
    ['arn:aws:iam::111122223333:user/a', /not the ARN of an IAM role/, 'roleArn'],
    ['arn:aws:iam::111122223333:role/*', /not the ARN of an IAM role/, 'roleArn'],
    ['ARN', /12 digits and nothing else/, 'accountId'],
  ];
  const faultIn = (read: () => unknown) => {
    try {
      read();
    } catch (error) {
      if (error instanceof Problem) return { ...error, detail: error.message };
    }
    throw new Error('it was taken');
  };
  for (const [text, detail, field] of bad) {
    const found = faultIn(() => claimIn(text));
    t.match(found, { code: 'request-invalid', detail, errors: [{ field }] }, JSON.stringify(text));
  }
  const arn = 'arn:aws:iam::111122223333:role/a';
  t.same(claimOf({ roleArn: arn }), { roleArn: arn });
  t.same(claimOf({ accountId: '1111-2222-3333' }), { accountId: '111122223333' });
  t.match(
    faultIn(() => claimOf({})),
    { errors: [{ field: 'accountId', message: 'is missing' }] },
  );
  t.match(
    faultIn(() => claimOf({ roleArn: '111122223333' })),
    { errors: [{ field: 'roleArn' }] },
  );
  t.match(
    faultIn(() => claimOf({ roleArn: arn, accountId: '1'.repeat(12) })),
    { errors: [{ field: 'roleArn' }] },
  );
  t.equal(faultOf(new Problem('account-refused', 'It is full. Ask. (launch-used)')), 'It is full. Ask.');
});

t.test('the stream tells what is new at once, and else only that it is there', async (t) => {
  const times = { whileMoving: 50, afterwards: 10_000, silence: 600, whole: 60_000, retry: 5 };
  let html = 'one';
  let listener = () => {};
  let ended = 0;
  let reads = 0;
  const ports = (isMoving: boolean) => ({
    read: async () => {
      reads += 1;
      return html === '' ? null : { html, isMoving };
    },
    onEvent: (given: () => void) => {
      listener = given;
      return () => {
        ended += 1;
      };
    },
  });
  /** What the stream says until the browser has enough of it, or it ends. */
  const all = async (
    isMoving: boolean,
    lastId: string | undefined,
    isEnough: (count: number) => boolean,
    then: (count: number) => void = () => {},
  ) => {
    const parts: string[] = [];
    const leave = new AbortController();
    reads = 0;
    for await (const part of launchStream(ports(isMoving), lastId, leave.signal, times)) {
      then(parts.push(part));
      if (isEnough(parts.length)) leave.abort();
    }
    return parts;
  };

  const quiet = await all(true, undefined, (count) => count >= 4 && reads > 2 * count);
  t.match(quiet.slice(0, 2), ['retry: 5\n\n', /^id: (\S{12})\nevent: progress\ndata: "one"\n\n$/]);
  t.ok(quiet.slice(2).every((part) => part === ': nothing new\n\n'));
  t.ok(reads > 2 * quiet.length, `${reads} looks while something may come, ${quiet.length} parts`);
  t.equal(ended, 1, 'it listens no longer');

  const id = /id: (\S+)/.exec(quiet[1] ?? '')?.[1];
  const back = await all(false, id, (count) => count === 3);
  t.notMatch(back.join(''), /progress/, 'whoever comes back is told nothing twice');
  t.ok(reads <= 8, `${reads} looks where nothing is expected`);

  const woken = await all(
    false,
    id,
    (count) => count === 3,
    (count) => {
      if (count !== 2) return;
      html = 'two';
      setTimeout(() => listener(), 5);
    },
  );
  t.match(woken[2], /data: "two"/, 'an event of this instance is told without delay');

  const gone = await all(
    true,
    undefined,
    () => false,
    (count) => {
      if (count === 2) html = '';
    },
  );
  t.equal(gone.length, 2, 'it ends with the link');
  html = 'one';

  const brief = launchStream(ports(true), undefined, new AbortController().signal, { ...times, whole: 200 });
  for await (const part of brief) t.match(part, /retry|progress|nothing new/, 'and by itself after a while');

  const leave = new AbortController();
  // Else it would go on for an hour, longer than a test may take.
  for await (const part of launchStream(ports(false), undefined, leave.signal, STREAM_TIMES))
    if (/progress/.test(part)) setTimeout(() => leave.abort(), 20);
  t.ok(leave.signal.aborted, 'it ends when the browser is gone');
  t.match(STREAM_TIMES, { whileMoving: 1_000, afterwards: 15_000, silence: 15_000, whole: 3_600_000 });
});

/** An organization's link, before and after its management account has come, and that account with members. */
const org: Launch = { ...launch, organization: true };
const orgOpened: Launch = { ...org, accounts: [connected.accountId] };
const membership = { managementAccountId: connected.accountId, left: false };
const managing: Account = { ...connected, organization: membership };
const memberNumber = (place: number) => String(500_000_000_000 + place);
const memberOf = (place: number, changes: Partial<Account> = {}): Account => ({
  ...{ ...connected, accountId: memberNumber(place), organization: membership },
  ...changes,
});
const members = (count: number) => Array.from({ length: count }, (_, place) => memberOf(place + 1));

t.test('the page of an organization is about its management account, whatever its members do', async (t) => {
  const rows: [string, Partial<LaunchPageView>][] = [
    ['waiting', { launch: org }],
    ['verifying', { launch: org, accounts: [verifying] }],
    ['rejected', { launch: org, accounts: [rejected] }],
    ['connected', { launch: orgOpened, accounts: [managing] }],
    ['connected', { launch: orgOpened, accounts: [memberOf(1, { status: 'verifying' }), managing] }],
    ['connected', { launch: orgOpened, accounts: [managing, memberOf(1, { status: 'rejected' })] }],
    ['connected', { launch: { ...orgOpened, expiresAt: T - 1 }, accounts: [managing, memberOf(1)] }],
    ['connected', { launch: { ...orgOpened, revokedAt: T }, accounts: [managing], status: 'revoked' }],
    ['degraded', { launch: orgOpened, accounts: [{ ...degraded, organization: membership }, memberOf(1)] }],
    ['disconnected', { launch: orgOpened, accounts: [memberOf(1), disconnected] }],
    ['used', { launch: orgOpened, accounts: [memberOf(1)] }],
  ];
  for (const [word, changes] of rows) {
    const shown = view(changes);
    t.equal(launchState(shown), word, word);
    const offered = word === 'waiting' || word === 'rejected' || word === 'disconnected';
    t.equal(launchPage(shown).includes('id="launch-stack"'), offered, `${word}: the button`);
    t.equal(launchPage(shown).includes('id="before"'), offered, `${word}: what has to be so first`);
  }
  const late = view({ launch: { ...orgOpened, expiresAt: T - 1 }, accounts: [disconnected] });
  t.notMatch(launchPage(late), 'id="launch-stack"', 'no management account comes by a link that has expired');
  t.equal(isMoving(view({ launch: org })), true);
  t.equal(isMoving(view({ launch: orgOpened, accounts: [managing] })), false, 'not asked for every second');
});

t.test('whoever launches for an organization is told what has to be so first', async (t) => {
  const html = launchPage(view({ launch: org }));
  for (const words of [
    'management account',
    'all features',
    '<strong>StackSets</strong>',
    'Activate trusted access',
    'aws cloudformation activate-organizations-access',
    'Organizational units',
    'AWS::CloudFormation::StackSet',
    'OrganizationInspection',
    'names and email addresses',
  ])
    t.match(html, words);
  t.notMatch(launchPage(view()), /organization/i, 'and whoever launches for an account is not');
});

t.test('members are counted, and as many of them listed as people read', async (t) => {
  const steps = (accounts: readonly Account[], changes: Partial<Launch> = {}) =>
    launchSteps(view({ launch: { ...orgOpened, ...changes }, accounts })).map(({ label, status }) => [
      label,
      status,
    ]);
  t.same(steps([managing]).slice(-2), [
    ['Management account connected', 'done'],
    ['Members connected', 'now'],
  ]);
  t.same(steps([managing], { revokedAt: T }).at(-1), ['Management account connected', 'done']);
  t.same(steps([memberOf(1), managing]).at(-1), ['1 member connected', 'done']);
  t.same(steps([...members(700), managing]).at(-1), ['700 members connected', 'done']);
  t.equal(membersOf(view({ launch: org, accounts: [rejected] })), null);
  const odd = [
    memberOf(900, { status: 'disconnected' }),
    memberOf(901, { organization: { ...membership, left: true } }),
    memberOf(902, { status: 'degraded' }),
    memberOf(903, { status: 'rejected' }),
    memberOf(904, { status: 'verifying', verdict: null }),
  ];
  const seen = membersOf(view({ launch: orgOpened, accounts: [...odd, ...members(700), managing] }));
  t.match(seen, {
    connected: 702,
    odd: {
      rows: [
        { accountId: memberNumber(903), words: 'refused' },
        { accountId: memberNumber(902), words: 'last check failed' },
        { accountId: memberNumber(901), words: 'left the organization' },
        { accountId: memberNumber(904), words: 'verifying' },
        { accountId: memberNumber(900), words: 'access ended' },
      ],
      more: 0,
    },
    well: { more: 676 },
  });
  t.equal(seen?.well.rows.length, 24);
  t.equal(seen?.well.rows[0], memberNumber(700), 'the latest first');
  const html = launchProgress(view({ launch: orgOpened, accounts: [...odd, ...members(700), managing] }));
  t.match(html, /And 676 more/);
  t.ok(html.length < 12_000, `${html.length} characters`);
  const troubled = Array.from({ length: 80 }, (_, place) => memberOf(place, { status: 'degraded' }));
  t.match(launchProgress(view({ launch: orgOpened, accounts: [...troubled, managing] })), /And 30 more/);
});

t.test('the words of an organization’s page say what becomes of its members', async (t) => {
  const page = (changes: Partial<LaunchPageView>) => launchPage(view({ launch: orgOpened, ...changes }));
  t.match(page({ accounts: [managing] }), /Management account 444455556666 is connected/);
  t.match(page({ accounts: [managing] }), /To end all access, delete the stack/);
  t.match(
    page({ accounts: [managing], launch: { ...orgOpened, revokedAt: T }, status: 'revoked' }),
    /withdrawn this link: accounts that are connected stay so, and no others are let in/,
  );
  t.match(page({ accounts: [disconnected] }), /New members are not let in any more/);
  t.match(
    page({ accounts: [managing] }),
    /<meta http-equiv="refresh"/,
    'without a script, members show as well',
  );
});

t.test('the progress stays the same to the byte until something happens', async (t) => {
  for (const [name, changes] of progress)
    t.equal(launchProgress(view(changes)), launchProgress(view({ ...changes, now: T + 3_600_000 })), name);
});

t.test('without a script the page loads itself again, but only while something may still come', async (t) => {
  const refreshes = (changes: Partial<LaunchPageView>) =>
    launchPage(view(changes)).includes('<noscript><meta http-equiv="refresh" content="5"></noscript>');
  t.ok(refreshes({}));
  t.ok(refreshes({ accounts: [verifying] }));
  t.notOk(refreshes({ accounts: [connected], status: 'used' }));
  t.notOk(refreshes({ accounts: [rejected] }));
  t.notOk(refreshes({ status: 'expired' }));
  t.notOk(refreshes({ launch: none }), 'what is being typed is not taken away');
  t.match(launchPage(view({ launch: none })), /<noscript>.*Load this page again/);
});

t.test('the page claims nothing about permissions that it does not know', async (t) => {
  const profile = (...managedPolicies: string[]) => ({
    name: 'x',
    title: 'X',
    summary: 'X.',
    managedPolicies,
    ...plainProfile,
  });
  const claims = (...names: string[]) => {
    const { readsOnly, sparesData } = permissionsOf(profile(...names));
    return { readsOnly, sparesData };
  };
  t.same(claims('SecurityAudit'), { readsOnly: true, sparesData: true });
  t.same(claims('job-function/ViewOnlyAccess'), {
    readsOnly: true,
    sparesData: true,
  });
  t.same(claims('SecurityAudit', 'ReadOnlyAccess'), {
    readsOnly: true,
    sparesData: false,
  });
  t.same(claims('SecurityAudit', 'AdministratorAccess'), {
    readsOnly: false,
    sparesData: false,
  });
  t.same(claims(), { readsOnly: false, sparesData: false });
  t.notMatch(launchPage(view({ profile: profile('PowerUserAccess') })), /Changing anything/);
  t.notMatch(launchPage(view({ profile: null })), /Changing anything/);
});

t.test('the page tells what a profile allows and denies besides, and why it asks for more', async (t) => {
  const one = (words: string, ...actions: string[]) => ({ sid: 'Own', words, actions });
  const asks = {
    ...{ name: 'x', title: 'X', summary: 'X.', managedPolicies: ['SecurityAudit'] },
    ...plainProfile,
    statements: [one('Stops <idle> machines.', 'ec2:StopInstances')],
    denials: [one('Objects in buckets.', 's3:GetObject')],
    broadReason: 'It saves you money.',
  };
  t.match(permissionsOf(asks), { readsOnly: false, sparesData: false });
  t.equal(permissionsOf({ ...asks, statements: [one('x', 'ec2:DescribeInstances')] }).readsOnly, true);
  const page = launchPage(view({ profile: asks }));
  t.match(page, 'Stops &lt;idle&gt; machines.');
  t.match(page, /What the template denies,.*<li>Objects in buckets\.<\/li>/s);
  t.match(page, 'Less what is denied below.');
  t.match(page, /This is more than reading\.<\/strong> It saves you money\./);
  t.notMatch(page, /Changing anything/);
});

const team: Profile = {
  ...{ name: 'team', title: 'Team', summary: 'Looks.', managedPolicies: ['SecurityAudit'] },
  ...plainProfile,
  humanAccess: {
    principals: { kind: 'users', centralAccountId: '444455556666' },
    roleName: 'Auditors',
    managedPolicies: ['SecurityAudit'],
    statements: [],
    denials: [],
    maxSessionSeconds: 7_200,
    mfaMaxAgeSeconds: 1_800,
  },
};
const humanAccess = must(team.humanAccess);

t.test('the page says plainly that people may enter, who, and what they may do', async (t) => {
  const page = launchPage(view({ profile: team }));
  const [, people = ''] = /<section id="people">([\s\S]*?)<\/section>/.exec(page) ?? [];
  const words = people.replace(/<[^>]+>/g, '').replace(/\s+/g, ' ');
  t.match(words, 'People of Rolecall may enter, too');
  t.match(
    words,
    'people may enter your account themselves, in the console or on the command line, for 2 hours',
  );
  t.match(
    words,
    'Auditors, lets in users of account 444455556666 who proved a second factor (MFA) in the last 30 minutes.',
  );
  t.match(words, /In that role they can do this, and nothing more: SecurityAudit AWS managed policy \S+/);
  t.match(words, 'AWS asks each of them for a second factor (MFA) and lets nobody in without it.');
  t.match(words, 'They need no external ID');
  t.match(page, /Entry of people without a second factor\.<\/strong>/);
  t.match(page, /Entry of the service without your external ID\.<\/strong>/);
  t.match(page, /Neither role can make, change or delete anything/);
  t.match(
    page,
    'might create IAM resources with custom names',
    'which is what its console asks to be ticked',
  );
  for (const callback of callbacks) {
    const golden = `../templates/golden/security-audit-team-${callback}.yaml`;
    const template = await readFile(new URL(golden, import.meta.url), 'utf8');
    const made = [...template.matchAll(/^ {4}Type: ((?:AWS|Custom)::\S+)$/gm)].map(([, type]) => type ?? '');
    const told = stackWords(viewOf(callback).launch, view({ profile: team })).parts.map(({ type }) => type);
    t.same(told.toSorted(), made.toSorted(), `${callback}: nothing is made that is not told`);
  }
  t.notMatch(launchPage(view()), /id="people"|second factor/, 'and where none may, nothing is said of it');
});

t.test('what is claimed of the account holds for people’s role as well', async (t) => {
  const of = (changes: Partial<HumanAccess>) =>
    launchPage(view({ profile: { ...team, humanAccess: { ...humanAccess, ...changes } } }));
  t.match(of({}), /Reading your data/);
  t.notMatch(of({ managedPolicies: ['ReadOnlyAccess'] }), /Reading your data/);
  t.notMatch(of({ managedPolicies: ['AdministratorAccess'] }), /Changing anything/);
  const statements = [{ sid: 'Stop', words: 'Stops <idle> machines.', actions: ['ec2:StopInstances'] }];
  const page = of({
    statements,
    denials: [{ sid: 'No', words: 'Objects in buckets.', actions: ['s3:GetObject'] }],
  });
  t.match(page, 'Stops &lt;idle&gt; machines.');
  t.match(page, /The template denies them, whatever the policies allow:[\s\S]*<li>Objects in buckets\./);
  t.notMatch(page, /Changing anything/);
  const roleArns = ['arn:aws:iam::444455556666:role/Auditor'];
  const signedIn = of({ principals: { kind: 'role-arns', roleArns } });
  t.match(signedIn, 'lets in people who sign in by certain roles of account 444455556666.');
  t.match(signedIn, 'Whether that asks them for a second factor (MFA), AWS does not see.');
  t.notMatch(signedIn, 'Entry of people without a second factor');
});

t.test('what was checked is told with its answers, and a question not reached is no answer', async (t) => {
  t.same(
    checksOf(unsafe, connected).map(({ words }) => words),
    ['yes', 'no', 'not reached', 'yes', 'yes'],
  );
  t.same(checksOf({ ...unsafe, attempts: 0 }, connected), []);
  const open = { ...safe, humanRole: { rejectsService: false, findings: [finding('people-without-mfa')] } };
  t.match(checksOf(open, connected).slice(-2), [
    { label: 'The role for people refuses the service', words: 'no' },
    { label: /trusts the people that were agreed/, words: 'no' },
  ]);
  const wide = { ...safe, findings: [finding('principal-other-account')] };
  t.match(checksOf(wide, connected).at(-1), { label: /trust policy/, words: 'no' });
  t.notOk(
    checksOf({ ...safe, findings: null }, connected).some(({ label }) => /trust policy/.test(label)),
    'what could not be read is not told of',
  );
  const lacking = {
    ...safe,
    permissions: { granted: ['s3'], missing: ['iam:GetRole'], denied: [], unchecked: [] },
  };
  t.match(checksOf(lacking, connected).at(-1), {
    words: 'no',
    label: /it lacks iam:GetRole/,
  });
  const granted = {
    ...safe,
    permissions: { granted: ['s3'], missing: [], denied: [], unchecked: [] },
  };
  t.match(checksOf(granted, connected).at(-1), { words: 'yes' });
});

t.test('a command is broken between its options only', async (t) => {
  t.equal(readableCommand("aws x --a 'b--c' --d"), "aws x \\\n  --a 'b--c' \\\n  --d");
});

t.test('a name, however hostile, is text: it opens no tag and no attribute', async (t) => {
  const escaped = (text: string) =>
    text.replace(
      /[&<>"']/g,
      (sign) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' }[sign]};`,
    );
  const tags = (html: string) => (html.match(/<[a-z!/]/gi) ?? []).length;
  const plain = callbacks.map((callback) => tags(launchPage(viewOf(callback), { text: '', fault: 'x' })));
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({
      unit: fc.constantFrom('<', '>', '"', "'", '&', '<b>', '</bdi>', '<%', '%>', '\u202e', '👩‍🚀', 'x'),
    }),
    fc.constant('Zoë & Søns; <b>#1</b>'),
  );
  fc.assert(
    fc.property(hostile, hostile, hostile, (name, operatorName, text) =>
      callbacks.every((callback, at) => {
        const page = viewOf(callback, { client: { ...acme, name }, operatorName });
        const html = launchPage(page, { text, fault: 'x' });
        const shown = html.includes(`<bdi>${escaped(name)}</bdi>`);
        const kept = callback !== 'none' || html.includes(`value="${escaped(text)}"`);
        return shown && kept && tags(html) === plain[at];
      }),
    ),
  );
  t.match(launchPage(view({ client: { ...acme, name: '<b>#1</b>' } })), '<bdi>&lt;b&gt;#1&lt;/b&gt;</bdi>');
});

t.test('the page has nothing inline, asks nobody else for anything, and is small', async (t) => {
  const folder = new URL('../../src/http/pages/assets/', import.meta.url);
  for (const [name, changes] of progress) {
    const html = launchPage(view(changes));
    t.notMatch(html, /\sstyle=|<style|\son\w+=|<script(?![^>]* src=)/, `${name}: nothing inline`);
    const loaded = [...html.matchAll(/<(?:link|script|img)[^>]*(?:href|src)="([^"]*)"/g)].map(
      ([, url]) => url ?? '',
    );
    t.ok(
      loaded.every((url) => /^(\/assets\/|data:)/.test(url)),
      `${name}: nothing from elsewhere`,
    );
    t.match(html, /<html lang="en">/);
    t.equal(html.match(/<h1[ >]/g)?.length, 1, `${name}: one main heading`);
  }
  const choice = placeStack({ ...launch, regionOpen: true }, awsPartition(), null);
  const largest = launchPage(viewOf('none', { ...choice, accounts: [rejected], hasLogo: true }));
  const loaded = (await readdir(folder)).filter((name) => largest.includes(`/assets/${name}`));
  t.ok(loaded.includes('launch.js') && loaded.includes('base.css'));
  const files = await Promise.all(loaded.map((name) => readFile(new URL(name, folder), 'utf8')));
  const bytes = Buffer.byteLength([largest, ...files].join('')) + 20 * 1024;
  t.ok(bytes < 60_000, `${bytes} bytes with style, script and the largest logo`);
});

t.test(
  'a region that was left open is chosen on the page; one that was given is not asked about',
  async (t) => {
    const aws = awsPartition();
    if (aws === undefined) throw new Error('aws is a partition');
    const open = { ...launch, regionOpen: true } as const;
    const shown = (asked: string | null, of: Launch = open) => {
      const placed = placeStack(of, aws, asked);
      const html = launchPage(view(placed));
      return {
        ...placed,
        html,
        selected: /<option value="([^"]+)" selected>/.exec(html)?.[1],
        fault: /<p id="region-fault"[^>]*>([^<]*)</.exec(html)?.[1],
      };
    };
    t.match(shown(null), { selected: 'eu-central-1', fault: '', query: '' });
    const chosen = shown('ap-east-1');
    t.match(chosen, { selected: 'ap-east-1', fault: '', query: '?region=ap-east-1' });
    t.match(chosen.html, /Opens CloudFormation in ap-east-1/);
    t.match(shown('eu-west-9'), { selected: 'eu-west-9', fault: '' }, 'one newer than the list');
    for (const asked of ['mars-1', 'cn-north-1', 'us-east-1,us-east-1', '"><script>', 'x'.repeat(5_000)])
      t.match(shown(asked), { selected: 'eu-central-1', fault: /There is no AWS region/, query: '' }, asked);
    for (const asked of [null, 'us-east-1', 'mars-1'])
      t.match(shown(asked, launch), { selected: undefined, fault: undefined, launch, query: '' });

    t.equal(regionIn({ region: 'eu-west-1' }), 'eu-west-1');
    t.equal(regionIn({ region: ['a', 'b'] }), 'a,b');
    t.equal(regionIn({ region: '' }), null);
    t.equal(regionIn({}), null);

    const entering = { ...placeStack({ ...none, regionOpen: true }, aws, 'eu-west-1') };
    t.match(launchPage(viewOf('none', entering)), `action="/launch/${token}/account?region=eu-west-1"`);
    t.match(
      launchProgress(viewOf('none', { ...entering, accounts: [enteredWell] })),
      /delete the stack rolecall-acme-000002 in the region that it was made in/,
      'for the stack does not say',
    );
    t.notMatch(launchPage(view({ ...placeStack(open, aws, null), status: 'expired' })), 'id="region"');
  },
);

function awsPartition(): Partition {
  const aws = partitionById('aws');
  if (aws === undefined) throw new Error('aws is a partition');
  return aws;
}
