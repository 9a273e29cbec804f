import { readdir, readFile } from 'node:fs/promises';
import fc from 'fast-check';
import t from 'tap';
import type { Account } from '../../src/core/account.js';
import type { Client } from '../../src/core/client.js';
import type { ExternalId } from '../../src/core/external-id.js';
import { failure } from '../../src/core/failure.js';
import { clientId, launchId } from '../../src/core/id.js';
import type { Launch, LaunchStatus } from '../../src/core/launch.js';
import { hashToken, pageToken } from '../../src/core/token.js';
import type { Verdict } from '../../src/core/verdict.js';
import {
  type LaunchPageView,
  launchPage,
  launchProgress,
  launchState,
  launchSteps,
  missingPage,
} from '../../src/http/pages/launch.js';
import { checksOf, permissionsOf, readableCommand } from '../../src/http/pages/launch-facts.js';

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
};

const safe: Verdict = {
  assumable: true,
  requiresExternalId: true,
  rejectsWrongExternalId: true,
  accountMatches: true,
  permissions: { granted: [], missing: [], denied: [] },
  attempts: 3,
  failure: null,
};

const unsafe: Verdict = {
  ...safe,
  requiresExternalId: false,
  rejectsWrongExternalId: null,
  failure: failure('trust-without-external-id'),
};

const verifying: Account = {
  kind: 'account',
  rev: null,
  clientId: client,
  accountId: '444455556666',
  partition: 'aws',
  roleArn: 'arn:aws:iam::444455556666:role/acme',
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

function view(changes: Partial<LaunchPageView> = {}): LaunchPageView {
  return {
    client: acme,
    launch,
    token,
    status: 'open',
    accounts: [],
    attempts: 0,
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
    },
    operatorName: 'Rolecall',
    trustedAccountId: '999988887777',
    now: T,
    ...changes,
  };
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
];

t.test('the state of a page is its account’s that moved last, or else its link’s', async (t) => {
  for (const [word, status, accounts] of states) {
    const of = accounts.map((account) => account.status).join(' and ') || 'no account';
    t.equal(launchState({ status, accounts }), word, `${word}: link ${status}, ${of}`);
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
  t.match(missingPage(), /This link is not known/);
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
});

t.test('the page claims nothing about permissions that it does not know', async (t) => {
  const profile = (...managedPolicies: string[]) => ({
    name: 'x',
    title: 'X',
    summary: 'X.',
    managedPolicies,
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

t.test('what was checked is told with its answers, and a question not reached is no answer', async (t) => {
  t.same(
    checksOf(unsafe).map(({ words }) => words),
    ['yes', 'no', 'not reached', 'yes'],
  );
  t.same(checksOf({ ...unsafe, attempts: 0 }), []);
  const lacking = {
    ...safe,
    permissions: { granted: ['s3'], missing: ['iam:GetRole'], denied: [] },
  };
  t.match(checksOf(lacking).at(-1), {
    words: 'no',
    label: /it lacks iam:GetRole/,
  });
  const granted = {
    ...safe,
    permissions: { granted: ['s3'], missing: [], denied: [] },
  };
  t.match(checksOf(granted).at(-1), { words: 'yes' });
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
  const plain = tags(launchPage(view()));
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({
      unit: fc.constantFrom('<', '>', '"', "'", '&', '<b>', '</bdi>', '<%', '%>', '\u202e', '👩‍🚀', 'x'),
    }),
    fc.constant('Zoë & Søns; <b>#1</b>'),
  );
  fc.assert(
    fc.property(hostile, hostile, (name, operatorName) => {
      const html = launchPage(view({ client: { ...acme, name }, operatorName }));
      const shown = html.includes(`<bdi>${escaped(name)}</bdi>`);
      return shown && tags(html) === plain;
    }),
  );
  t.match(launchPage(view({ client: { ...acme, name: '<b>#1</b>' } })), '<bdi>&lt;b&gt;#1&lt;/b&gt;</bdi>');
});

t.test('the page has nothing inline, asks nobody else for anything, and is small', async (t) => {
  const folder = new URL('../../src/http/pages/assets/', import.meta.url);
  const files = await Promise.all(
    (await readdir(folder)).map((name) => readFile(new URL(name, folder), 'utf8')),
  );
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
  const bytes = Buffer.byteLength([launchPage(view({ accounts: [rejected] })), ...files].join(''));
  t.ok(bytes < 60_000, `${bytes} bytes with style and script`);
});
