import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import t from 'tap';
import { makeAccessLink, openAccessLink } from '../../src/access/access-links.js';
import { configFile } from '../../src/access/config-file.js';
import { profileName, readReach } from '../../src/access/reach.js';
import { switchRoleUrl } from '../../src/access/switch-role-url.js';
import type { Account } from '../../src/core/account.js';
import type { Client } from '../../src/core/client.js';
import { sealCursor } from '../../src/core/cursor.js';
import type { Group } from '../../src/core/group.js';
import { type ClientId, clientId, groupId } from '../../src/core/id.js';
import { partitionById } from '../../src/core/partition.js';
import { parseRoleArn } from '../../src/core/role-arn.js';
import { aClient, anAccount, must, uuid7 } from '../core/things.js';

const group: Group = {
  kind: 'group',
  rev: null,
  id: groupId(uuid7(1)),
  name: 'Security-Audit',
  description: null,
  color: 'B7CA9D',
  clients: [],
  selector: null,
  members: ['alice'],
  sessionDurationSeconds: 3_600,
  createdAt: 0,
  updatedAt: 0,
};

/** What people call clients where they mean harm, or are careless. */
const HOSTILE = [
  '',
  ' ',
  'Acme\n[profile evil]\nrole_arn = arn:aws:iam::666666666666:role/Evil',
  'Acme\r\n[default]\r\naws_access_key_id = AKIAEVIL',
  'Acme\u2028[profile evil]\u2029x\u0085y',
  ']\u0000[profile x',
  '"Acme" & \'Sons\' <script>alert(1)</script>',
  '\u202eemca\u202c \u2066x\u2069',
  '🦊🦊 Fuchs GmbH 👩‍👩‍👧',
  'Ärzte & Söhne Straße ﬀ',
  '株式会社',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell would read it
  '# ; = %(x)s ${HOME} `id` $(id)',
  '../../etc/passwd',
  'x'.repeat(300),
  '🦊'.repeat(300),
  '\ud800 half of one',
  'Acme-444455556666',
  '?&color=FF0000#',
];

const role = (arn: string) => must(parseRoleArn(arn));
const ROLE = role('arn:aws:iam::111122223333:role/CrossAccountSecurityAuditRole');

/** What a group of these clients sees, each with one account. */
async function enterable(clients: readonly Client[]) {
  const numberOf = (id: ClientId) => `2222${id.slice(-8)}`;
  const accounts = clients.map(({ id }) =>
    anAccount({
      clientId: id,
      accountId: numberOf(id),
      humanRoleArn: `arn:aws:iam::${numberOf(id)}:role/CrossAccountSecurityAuditRole`,
    }),
  );
  const ports = {
    clientsNamed: async () => clients,
    clients: async () => ({ items: [], next: null }),
    accountsOfAll: async () => accounts,
  };
  return (await readReach(ports, group, null)).accounts;
}

const called = (names: readonly string[]) =>
  names.map((name, place) => aClient({ id: clientId(uuid7(place + 1)), name }));

const facts = {
  group,
  user: 'alice',
  centralAccountId: '999988887777',
  partition: must(partitionById('aws')),
  sourceProfile: 'default',
};

/** Reads a config file as the CLI does: sections, and their settings. Throws at a line that is neither. */
function readConfig(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split(/\r\n|[\n\r\u0085\u2028\u2029]/)) {
    if (line === '' || line.startsWith('#')) continue;
    const [, section] = /^\[([^\]]*)\]$/.exec(line) ?? [];
    const [, name, value] = /^(\w+) = (.*)$/.exec(line) ?? [];
    if (section !== undefined) {
      if (sections.has(section)) throw new Error(`${section} is there twice`);
      current = new Map();
      sections.set(section, current);
    } else if (name === undefined || value === undefined || current === undefined)
      throw new Error(`what is ${line}?`);
    else current.set(name, value);
  }
  return sections;
}

t.test('the switch-role link is of the role’s partition, and has its path', (t) => {
  const linked = (arn: string) => new URL(switchRoleUrl(role(arn), 'Acme & Söhne', group, null));
  for (const [partition, host] of [
    ['aws', 'signin.aws.amazon.com'],
    ['aws-us-gov', 'signin.amazonaws-us-gov.com'],
    ['aws-cn', 'signin.amazonaws.cn'],
  ])
    t.equal(linked(`arn:${partition}:iam::111122223333:role/Audit`).origin, `https://${host}`);
  const url = linked('arn:aws:iam::111122223333:role/team/a+b=c/Audit@x');
  t.equal(url.pathname, '/switchrole');
  t.strictSame(Object.fromEntries(url.searchParams), {
    account: '111122223333',
    roleName: 'team/a+b=c/Audit@x',
    displayName: 'Acme & Söhne 111122223333',
    color: 'B7CA9D',
  });
  t.notMatch(url.search, /[+ ]/, 'a blank is %20, a plus %2B');
  t.notMatch(switchRoleUrl(ROLE, 'Acme', { color: null }, null), 'color');
  t.match(
    switchRoleUrl(ROLE, 'Acme', group, 'http://127.0.0.1:4566'),
    /^http:\/\/127.0.0.1:4566\/switchrole\?account=1/,
  );
  t.end();
});

t.test('whatever a client is called, its link says only that', (t) => {
  const check = (name: string) => {
    const url = new URL(switchRoleUrl(ROLE, name, group, null));
    t.strictSame([...url.searchParams.keys()], ['account', 'roleName', 'displayName', 'color']);
    const displayName = url.searchParams.get('displayName') ?? '';
    t.ok(displayName.length <= 64 && displayName.endsWith('111122223333'));
    t.notMatch(displayName, /[\p{C}\p{Zl}\p{Zp}]/u, 'nothing in it that does not show');
    t.equal(url.hash, '');
  };
  for (const name of HOSTILE) check(name);
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), check), { numRuns: 200 });
  t.end();
});

t.test(
  'whatever clients are called, the config file has a profile for each account and nothing else',
  async (t) => {
    const check = async (names: readonly string[]) => {
      const accounts = await enterable(called(names));
      const text = configFile({ accounts, leftOut: [] }, facts);
      t.match(text, /^[\x20-\x7e\n]*$/, 'plain ASCII');
      const sections = readConfig(text);
      t.equal(sections.size, names.length);
      for (const {
        profileName,
        role: { text: role },
      } of accounts) {
        t.match(profileName, /^[a-z0-9][a-z0-9-]*-\d{12}$/);
        t.strictSame(Object.fromEntries(sections.get(`profile ${profileName}`) ?? []), {
          role_arn: role,
          source_profile: 'default',
          mfa_serial: 'arn:aws:iam::999988887777:mfa/alice',
          duration_seconds: '3600',
          role_session_name: 'alice',
          region: 'us-east-1',
        });
      }
    };
    await check(HOSTILE);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { maxLength: 20 }), check),
      { numRuns: 50 },
    );
  },
);

const missing = (program: string) =>
  spawnSync(program, ['--version']).status !== 0 && `there is no ${program}`;

t.test('an INI reader finds each profile in the config file', { skip: missing('python3') }, async (t) => {
  const accounts = await enterable(called(HOSTILE));
  const read = [
    'import configparser, json, sys',
    'found = configparser.RawConfigParser()',
    'found.read_string(sys.stdin.buffer.read().decode("ascii"))',
    'print(json.dumps({name: dict(found[name]) for name in found.sections()}))',
  ];
  const text = configFile({ accounts, leftOut: [] }, facts);
  const { stdout, stderr } = spawnSync('python3', ['-c', read.join('\n')], { input: text, encoding: 'utf8' });
  t.equal(stderr, '');
  t.strictSame(
    JSON.parse(stdout),
    Object.fromEntries([...readConfig(text)].map(([name, section]) => [name, Object.fromEntries(section)])),
  );
});

t.test('the AWS CLI knows each profile of the config file', { skip: missing('aws') }, async (t) => {
  const accounts = await enterable(called(HOSTILE));
  const path = `${t.testdir({ config: configFile({ accounts, leftOut: [] }, facts) })}/config`;
  const aws = (...words: string[]) => {
    const env = {
      PATH: process.env['PATH'],
      AWS_CONFIG_FILE: path,
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    };
    const { status, stdout } = spawnSync('aws', words, { env, encoding: 'utf8' });
    return { status, lines: stdout.trim().split('\n') };
  };
  const names = accounts.map(({ profileName }) => profileName);
  const listed = aws('configure', 'list-profiles');
  // Its first version has no such command.
  if (listed.status === 0) t.strictSame(listed.lines.sort(), [...names].sort());
  for (const { profileName, role } of [...accounts.slice(0, 3), ...accounts.slice(-1)])
    t.strictSame(aws('configure', 'get', 'role_arn', '--profile', profileName), {
      status: 0,
      lines: [role.text],
    });
});

t.test('a profile keeps its name whoever else joins, and no two have the same', async (t) => {
  const [first] = await enterable(called(['Acme']));
  const many = await enterable(called(Array.from({ length: 300 }, () => 'Acme')));
  t.equal(many[0]?.profileName, first?.profileName);
  t.equal(new Set(many.map(({ profileName }) => profileName)).size, 300);
  t.equal(first?.profileName, 'acme-222200000001');
  const shared = (place: number, name: string) =>
    profileName(
      { id: clientId(uuid7(place)), name, allowSharedAccounts: true },
      { accountId: '111122223333' },
    );
  t.not(shared(1, 'Acme'), shared(2, 'Acme'), 'two clients that share an account');
  t.match(shared(1, 'Acme'), /^acme-111122223333\.[0-9a-f-]{36}$/);
  t.end();
});

t.test('what cannot be entered is said, with the reason, and is nowhere else', async (t) => {
  const clients = called(['Acme', 'Not yet', 'Left', 'Old template']);
  const account = (place: number, changes: Partial<Account>) =>
    anAccount({
      ...{ clientId: must(clients[place]).id, accountId: `22220000000${place}` },
      humanRoleArn: `arn:aws:iam::22220000000${place}:role/Audit`,
      ...changes,
    });
  const accounts = [
    account(0, {}),
    account(0, { accountId: '222200000009', humanRoleArn: null }),
    account(1, { status: 'verifying' }),
    account(2, { status: 'disconnected' }),
    account(2, { status: 'rejected', accountId: '222200000008' }),
    account(3, { humanRoleArn: 'arn:aws:iam::666666666666:role/Audit', status: 'degraded' }),
    anAccount({ clientId: clientId(uuid7(77)), accountId: '222200000007' }),
  ];
  const ports = {
    clientsNamed: async () => clients,
    clients: async () => ({ items: [], next: null }),
    accountsOfAll: async () => accounts,
  };
  const reach = await readReach(ports, group, null);
  t.strictSame(
    reach.accounts.map(({ account: { accountId } }) => accountId),
    ['222200000000'],
  );
  const said = reach.leftOut.map(({ client, account, reason }) => [client.name, account?.accountId, reason]);
  t.strictSame(said, [
    ['Acme', '222200000009', 'no-role-for-people'],
    ['Not yet', undefined, 'not-connected'],
    ['Left', undefined, 'not-connected'],
    ['Old template', '222200000003', 'no-role-for-people'],
  ]);
  const text = configFile(reach, facts);
  t.equal(readConfig(text).size, 1);
  t.match(text, `# Left out: ${must(clients[0]).id} 222200000009 no-role-for-people\n`);
  t.match(text, `# Left out: ${must(clients[1]).id} not-connected\n`);
});

t.test('a user of one letter has a session name that AWS takes', async (t) => {
  const text = configFile(
    { accounts: await enterable(called(['Acme'])), leftOut: [] },
    { ...facts, user: 'a' },
  );
  t.match(text, 'role_session_name = a@999988887777\n');
  t.match(text, 'mfa_serial = arn:aws:iam::999988887777:mfa/a\n');
});

t.test('the config file is of the deployment’s partition', async (t) => {
  const text = configFile(
    { accounts: await enterable(called(['Acme'])), leftOut: [] },
    {
      ...facts,
      partition: must(partitionById('aws-cn')),
    },
  );
  t.match(text, 'mfa_serial = arn:aws-cn:iam::999988887777:mfa/alice\n');
});

t.test('a link to the page is good until its end, in its own place, for what it was made for', async (t) => {
  let at = 1_000_000;
  const seen = { group, accounts: await enterable(called(['Acme'])) };
  const ports = {
    group: async (id: string) => (id === seen.group.id ? seen.group : null),
    clientsNamed: async () => seen.accounts.map(({ client }) => client),
    clients: async () => ({ items: [], next: null }),
    accountsOfAll: async () => seen.accounts.map(({ account }) => account),
    secret: async () => Buffer.alloc(32, 7),
    simulatorOrigin: null,
    draw: { bytes: (count: number) => Buffer.alloc(count, 9) },
    now: () => at,
  };
  const { token, expiresAt } = await makeAccessLink(ports, group.id, 'alice', 60_000);
  t.equal(expiresAt, 1_060_000);
  t.ok(token.length <= 300);
  const open = (text: string, secret = 7) =>
    openAccessLink({ ...ports, secret: async () => Buffer.alloc(32, secret) }, text);
  at = expiresAt - 1;
  t.match(await open(token), { user: 'alice', group: { id: group.id }, accounts: [{}] });
  t.equal(await open(token, 8), null, 'of another deployment');
  at = expiresAt;
  t.equal(await open(token), null, 'it is over');
  at = 0;
  t.equal(await open(''), null);
  const cursor = sealCursor(
    Buffer.alloc(32, 7),
    { list: 'groups', query: {} },
    `${group.id} alice 99`,
    Buffer.alloc(12),
  );
  t.equal(await open(cursor), null, 'a cursor is no link');
});
