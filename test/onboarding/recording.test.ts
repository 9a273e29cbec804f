import t from 'tap';
import { makeAdapters } from '../../src/adapters.js';
import { readConfig } from '../../src/config.js';
import type { Account } from '../../src/core/account.js';
import { parseArn } from '../../src/core/arn.js';
import type { Entity } from '../../src/core/change.js';
import { Problem, problemRow } from '../../src/core/problem.js';
import { MOST_OPEN_REQUESTS, type Stack } from '../../src/core/stack.js';
import type { SignedMessage } from '../../src/core/stack-event.js';
import { callbackToken, type TokenHash } from '../../src/core/token.js';
import { type NameAccountPorts, nameAccount } from '../../src/onboarding/name-account.js';
import { readLaunch } from '../../src/onboarding/open-launch.js';
import { receiveFunctionCall } from '../../src/onboarding/receive-function-call.js';
import { type RecordPorts, recordStackEvent } from '../../src/onboarding/record-stack-event.js';
import { registerRole, triedUntil } from '../../src/onboarding/register-role.js';
import { openDatabase } from '../../src/store/dynamodb.js';
import { readCatalogue } from '../../src/templates/catalogue.js';
import {
  aClient,
  accountId,
  aLaunch,
  anAccount,
  aRequest,
  aStack,
  bad,
  hour,
  must,
  now,
  otherAccountId,
  otherRoleArn,
  ourId,
  ourToken,
  providerAccountId,
  roleArn,
  stackIdText,
  templateVersion,
  tokensOf,
  topicArnText,
} from '../core/things.js';
import { Memory } from './memory.js';

type Allowed = readonly [kind: string, sender: string];

/** An event as it comes signed by a topic, or by whatever `sourceArn` is. */
function message(sourceArn = topicArnText(), event: Record<string, unknown> = {}): SignedMessage {
  return {
    source: must(parseArn(sourceArn)),
    sourceArn,
    sentAt: now,
    message: JSON.stringify({
      RequestType: 'Create',
      ResponseURL: 'https://answers.example/',
      StackId: stackIdText(),
      RequestId: 'request-1',
      LogicalResourceId: 'Connection',
      ResourceProperties: { RoleArn: roleArn, TemplateVersion: templateVersion },
      ...event,
    }),
  };
}

function recording(memory: Memory, refuse: readonly string[] = []) {
  const asked: Allowed[] = [];
  const settles: Stack[] = [];
  const ports: RecordPorts = {
    around: memory.around,
    commit: memory.commit,
    backoff: async () => undefined,
    now: () => now,
    providerAccountId,
    partitionId: 'aws',
    responseUrl: (text) => (text.startsWith('https://answers.example/') ? new URL(text) : null),
    allow: async (kind, sender) => {
      asked.push([kind, sender]);
      return !refuse.includes(kind);
    },
    heard: () => undefined,
    settle: (stack) => settles.push(stack),
  };
  return { asked, settles, ports };
}

const addressee = { clientId: ourId, callbackTokenHash: ourToken.callbackHash, callback: 'sns' } as const;
const strangers = { ...addressee, callbackTokenHash: tokensOf(ourId, 9).callbackHash };
const fresh = (...things: Entity[]) => new Memory(aClient({ rev: null }), ...things);

t.test('what a sender may send is counted by what nobody but itself can use up', async (t) => {
  const ofStack: Allowed = ['stack', `${ourToken.callbackHash} ${topicArnText()}`];

  t.test('a stack of ours by its link and its topic alone', async (t) => {
    const { asked, ports } = recording(fresh());
    await recordStackEvent(ports, message(), addressee);
    t.strictSame(asked, [ofStack]);
    const another = topicArnText(otherAccountId, 'Another');
    await recordStackEvent(ports, message(another), addressee);
    t.strictSame(
      asked[1],
      ['stack', `${ourToken.callbackHash} ${another}`],
      'another topic has a share of its own',
    );
  });

  t.test('a stranger’s by the account that signed, too', async (t) => {
    const { asked, ports } = recording(fresh());
    await recordStackEvent(ports, message(), strangers);
    t.strictSame(asked, [
      ['stack', `${strangers.callbackTokenHash} ${topicArnText()}`],
      ['stranger', accountId],
    ]);
  });

  t.test('once, however often the event is decided anew', async (t) => {
    const memory = fresh();
    const { asked, ports } = recording(memory);
    let collisions = 5;
    memory.before = ({ put: [entity] }) => {
      if (collisions > 0 && entity !== undefined) memory.write({ ...entity });
      collisions -= 1;
      if (collisions >= 0) for (const stack of memory.all('stack')) memory.write({ ...stack, requests: [] });
    };
    await recordStackEvent(ports, message(), strangers);
    t.ok(memory.commits > 3, 'it met others several times');
    t.equal(asked.length, 2);
  });

  t.test('and whoever is busy is told to send it again', async (t) => {
    const rows: [string, typeof addressee, string[]][] = [
      ['a stack', addressee, ['stack']],
      ['a stranger’s stack', strangers, ['stack']],
      ['a stranger', strangers, ['stranger']],
    ];
    for (const [name, to, refuse] of rows) {
      const memory = fresh();
      const { settles, ports } = recording(memory, refuse);
      await t.rejects(recordStackEvent(ports, message(), to), { code: 'unavailable' }, name);
      t.strictSame(memory.all('stack'), [], `${name}: nothing is stored`);
      t.strictSame(settles, []);
    }
    t.equal(problemRow('unavailable').status, 503, 'which SNS repeats, as it does nothing that is a 4xx');
  });

  t.test('a stack of ours is never counted among strangers', async (t) => {
    for (const launch of [{ expiresAt: now - 1 }, { revokedAt: now - 1 }, { accounts: [otherAccountId] }]) {
      const memory = new Memory(aClient({ rev: null }, launch));
      const { ports } = recording(memory, ['stranger']);
      await recordStackEvent(ports, message(), addressee);
      t.match(
        memory.all('stack'),
        [{ requests: [{ answer: { status: 'FAILED' } }] }],
        Object.keys(launch).join(),
      );
    }
  });
});

t.test('a stack that keeps too many requests open is told to send again', async (t) => {
  const open = (count: number) =>
    aStack({
      rev: null,
      requests: Array.from({ length: count }, (_, place) => aRequest({ id: `open-${place}` })),
    });
  const full = fresh(open(MOST_OPEN_REQUESTS));
  await t.rejects(recordStackEvent(recording(full).ports, message(), addressee), { code: 'unavailable' });
  t.equal(full.commits, 0);
  const nearly = fresh(open(MOST_OPEN_REQUESTS - 1));
  await recordStackEvent(recording(nearly).ports, message(), addressee);
  t.equal(nearly.all('stack')[0]?.requests.length, MOST_OPEN_REQUESTS);
});

t.test('an event that nobody could answer, by a token of nobody’s, is not even written down', async (t) => {
  const elsewhere = message(topicArnText(), { ResponseURL: 'https://evil.example/' });
  const rows: [string, Memory, typeof addressee | (typeof addressee & { callback: 'lambda' }), boolean][] = [
    ['a link of ours', fresh(), addressee, true],
    ['an expired link of ours', new Memory(aClient({ rev: null }, { expiresAt: now })), addressee, true],
    ['another token', fresh(), strangers, false],
    ['no such client', new Memory(), addressee, false],
    [
      'a link by another callback',
      new Memory(aClient({ rev: null }, { callback: 'lambda' })),
      addressee,
      false,
    ],
  ];
  for (const [name, memory, to, kept] of rows) {
    const { settles, ports } = recording(memory);
    await t.rejects(
      recordStackEvent(ports, elsewhere, to),
      { code: 'request-invalid', message: /ResponseURL/ },
      name,
    );
    t.equal(memory.all('stack').length, kept ? 1 : 0, name);
    t.strictSame(
      memory.events.map(({ type }) => type),
      kept ? ['stack.failed'] : [],
      name,
    );
    t.strictSame(settles, [], `${name}: nobody goes on with it`);
  }
});

t.test('the shares of the service itself', async (t) => {
  const config = readConfig({
    TRUSTED_PRINCIPAL_ARN: `arn:aws:iam::${providerAccountId}:role/RolecallService`,
    TEMPLATE_BASE_URL: 'https://templates.s3.us-east-1.amazonaws.com/v1',
  });
  const { allow } = makeAdapters(
    config,
    await readCatalogue(config.trustedPrincipal),
    openDatabase('rolecall'),
  );
  for (const [kind, share] of [
    ['stack', 60],
    ['stranger', 20],
    ['call', 300],
  ] as const) {
    const allowed: boolean[] = [];
    for (let times = 0; times <= share; times += 1) allowed.push(await allow(kind, 'one'));
    t.equal(allowed.filter((one) => one).length, share, `${kind}: ${share} a minute`);
    t.equal(allowed.at(-1), false);
    t.equal(await allow(kind, 'another'), true, `${kind}: another sender has its own`);
  }
  t.equal(await allow('stack', 'two'), true, 'and the kinds are counted apart');
});

t.test('receiving what a client’s function posts', async (t) => {
  const token = callbackToken(ourToken.page);
  const call = {
    event: 'as it came',
    identity: { authorization: 'a', 'x-amz-date': 'b', 'x-amz-security-token': 'c' },
  };
  const functionArn = `arn:aws:sts::${accountId}:assumed-role/Function`;
  const lambda = (launch: Parameters<typeof aLaunch>[0] = {}) =>
    new Memory(aClient({ rev: null }, { callback: 'lambda', ...launch }));
  const receiving = (memory: Memory, refuse: readonly string[] = []) => {
    const proven: unknown[] = [];
    const { asked, settles, ports } = recording(memory, refuse);
    const proveFunctionCall = async (...asked: unknown[]) => {
      proven.push(asked);
      return message(functionArn);
    };
    return { asked, proven, settles, ports: { ...ports, proveFunctionCall } };
  };

  t.test('an event is proven, recorded, then settled', async (t) => {
    const memory = lambda();
    const { asked, proven, settles, ports } = receiving(memory);
    await receiveFunctionCall(ports, token, call);
    t.strictSame(proven, [[call, token]], 'the call and the token as they came');
    t.strictSame(asked, [
      ['call', ourToken.callbackHash],
      ['stack', `${ourToken.callbackHash} ${functionArn}`],
    ]);
    t.match(memory.all('stack'), [{ sourceArn: functionArn, requests: [{ answer: null }], forgetAt: null }]);
    t.equal(settles.length, 1);
  });

  t.test('a token that names no launch by this way is not found, and costs no call of STS', async (t) => {
    const rows: [string, Memory, string, string][] = [
      ['half a token', lambda(), token.slice(1), 'token-unknown'],
      ['the page’s token', lambda(), ourToken.page, 'not-found'],
      ['another token', lambda(), callbackToken(tokensOf(ourId, 9).page), 'not-found'],
      ['no such client', new Memory(), token, 'not-found'],
      ['a link by SNS', new Memory(aClient({ rev: null })), token, 'not-found'],
      ['a link without a callback', lambda({ callback: 'none' }), token, 'not-found'],
    ];
    for (const [name, memory, text, code] of rows) {
      const { asked, proven, ports } = receiving(memory);
      await t.rejects(receiveFunctionCall(ports, text, call), { code }, name);
      t.strictSame([asked, proven, memory.all('stack')], [[], [], []], name);
    }
    t.equal(problemRow('not-found').status, 404, 'upon which the function answers CloudFormation itself');
  });

  t.test('a link that has ended is known, so that its stack is told by us why it fails', async (t) => {
    for (const launch of [{ expiresAt: now }, { revokedAt: now }]) {
      const memory = lambda(launch);
      await receiveFunctionCall(receiving(memory).ports, token, call);
      t.match(memory.all('stack'), [{ requests: [{ answer: { status: 'FAILED' } }] }]);
    }
  });

  t.test('a launch that calls too often is told to call again, before STS is asked', async (t) => {
    const memory = lambda();
    const { proven, ports } = receiving(memory, ['call']);
    await t.rejects(receiveFunctionCall(ports, token, call), { code: 'unavailable' });
    t.strictSame([proven, memory.all('stack')], [[], []]);
  });

  t.test('what is not proven is not recorded', async (t) => {
    const memory = lambda();
    const refusing = async () => Promise.reject(new Problem('signature-invalid', 'x'));
    const ports = { ...receiving(memory).ports, proveFunctionCall: refusing };
    await t.rejects(receiveFunctionCall(ports, token, call), { code: 'signature-invalid' });
    t.strictSame(memory.all('stack'), []);
  });
});

/** Names accounts on the launch page of a memory's client. */
function naming(memory: Memory, refuse: readonly string[] = []) {
  const asked: Allowed[] = [];
  const checks: Account[] = [];
  const clock = { now };
  const ports: NameAccountPorts = {
    client: memory.around.client,
    accountsOf: async (id) =>
      memory
        .all('account')
        .filter(({ clientId }) => clientId === id)
        .sort((a, b) => (a.accountId < b.accountId ? -1 : 1)),
    stack: async () => null,
    around: memory.around,
    commit: memory.commit,
    backoff: async () => undefined,
    now: () => clock.now,
    providerAccountId,
    partitionId: 'aws',
    humanRoleName: () => null,
    check: (account) => checks.push(account),
    allow: async (kind, sender) => {
      asked.push([kind, sender]);
      return !refuse.includes(kind);
    },
  };
  const name = async (number: string) => {
    clock.now += 1_000;
    return nameAccount(ports, ourToken.page, { accountId: number });
  };
  const underWay = () =>
    memory
      .all('account')
      .filter(({ trying }) => trying !== null)
      .map((account) => account.accountId)
      .sort();
  return { asked, checks, ports, name, underWay };
}

const byHand = (launch: Parameters<typeof aLaunch>[0] = {}, ...things: Entity[]) =>
  new Memory(aClient({ rev: null }, { callback: 'none', ...launch }), ...things);
const numbers = ['100000000001', '100000000002', '100000000003', '100000000004'] as const;

t.test('naming an account on the launch page', async (t) => {
  t.test('tries the role that the link has given its name, until the link runs out', async (t) => {
    const memory = byHand();
    const { asked, checks, name } = naming(memory);
    const account = await name(accountId);
    t.match(account, {
      status: 'verifying',
      roleArn: `arn:aws:iam::${accountId}:role/${aLaunch().stackName}`,
      launchId: aLaunch().id,
      trying: { until: now + hour, attempts: 0 },
    });
    t.strictSame(checks, memory.all('account'), 'this instance goes on with it, as it was written');
    t.strictSame(asked, [['call', aLaunch().pageTokenHash as TokenHash]]);
    t.match(memory.events, [{ type: 'account.verifying', actor: { type: 'visitor' } }]);
  });

  t.test(
    'and, where people enter as well, the role that the profile has given its name beside it',
    async (t) => {
      const { ports } = naming(byHand());
      const humanRoleName = () => 'Auditors';
      const byNumber = await nameAccount({ ...ports, humanRoleName }, ourToken.page, { accountId });
      t.equal(byNumber.humanRoleArn, `arn:aws:iam::${accountId}:role/Auditors`);
      const byArn = { roleArn: `arn:aws:iam::${accountId}:role/some/path/Client` };
      const named = await nameAccount({ ...naming(byHand()).ports, humanRoleName }, ourToken.page, byArn);
      t.equal(named.humanRoleArn, `arn:aws:iam::${accountId}:role/some/path/Auditors`);
      t.equal((await nameAccount(naming(byHand()).ports, ourToken.page, byArn)).humanRoleArn, null);
    },
  );

  t.test('or the role whose ARN is entered', async (t) => {
    const { ports } = naming(byHand());
    const account = await nameAccount(ports, ourToken.page, { roleArn });
    t.equal(account.roleArn, roleArn);
    await t.rejects(nameAccount(ports, ourToken.page, { roleArn: 'x' }), { code: 'request-invalid' });
  });

  t.test('is refused where it means nothing', async (t) => {
    const rows: [string, Memory, string, string, string[]][] = [
      ['nobody’s link', byHand(), tokensOf(ourId, 9).page, 'not-found', []],
      ['no token', byHand(), 'x', 'not-found', []],
      ['the callback’s token', byHand(), callbackToken(ourToken.page), 'not-found', []],
      [
        'a removed client',
        new Memory(aClient({ rev: null, removedAt: now }, { callback: 'none' })),
        ourToken.page,
        'not-found',
        [],
      ],
      [
        'a link whose stack calls back',
        new Memory(aClient({ rev: null })),
        ourToken.page,
        'account-refused',
        [],
      ],
      ['too much was entered', byHand(), ourToken.page, 'unavailable', ['call']],
      ['a link that has expired', byHand({ expiresAt: now }), ourToken.page, 'account-refused', []],
      ['a link that was used', byHand({ accounts: [otherAccountId] }), ourToken.page, 'account-refused', []],
    ];
    for (const [name, memory, token, code, refuse] of rows) {
      const { checks, ports } = naming(memory, refuse);
      await t.rejects(nameAccount(ports, token, { accountId }), { code }, name);
      t.strictSame([checks, memory.all('account')], [[], []], name);
    }
  });

  t.test('a number that was mistyped is forgotten once another is entered', async (t) => {
    const memory = byHand();
    const { name, underWay } = naming(memory);
    await name(numbers[0]);
    await name(numbers[1]);
    t.strictSame(underWay(), [numbers[1]]);
    t.equal(memory.all('account').length, 1);
    t.match(memory.events.slice(1), [
      { type: 'account.verifying', accountId: numbers[1] },
      {
        type: 'account.rejected',
        accountId: numbers[0],
        actor: { type: 'visitor' },
        data: { code: 'another-number-given' },
      },
    ]);
    await name(numbers[0]);
    t.strictSame(underWay(), [numbers[0]], 'and may be entered again');
    await name(numbers[0]);
    t.strictSame(underWay(), [numbers[0]], 'and once more');
  });

  t.test('also where an attempt ends at that moment', async (t) => {
    const memory = byHand();
    const { name, underWay } = naming(memory);
    const { accountId } = await name(numbers[0]);
    let attempts = 0;
    memory.before = ({ remove = [] }) => {
      const [account] = memory.all('account').filter((one) => one.accountId === accountId);
      if (remove.length === 0 || !account?.trying || attempts === 2) return;
      attempts += 1;
      memory.write({ ...account, trying: { ...account.trying, attempts } });
    };
    await name(numbers[1]);
    t.equal(attempts, 2);
    t.strictSame(underWay(), [numbers[1]]);
    t.match(memory.events.slice(2), [{ type: 'account.rejected', accountId }]);
    t.equal(memory.events.length, 3, 'and is told once');
  });

  t.test('a link keeps no more accounts under way than it lets in', async (t) => {
    const rows: [string, Parameters<typeof aLaunch>[0], number][] = [
      ['one seat', {}, 1],
      ['two seats', { maxAccounts: 2 }, 2],
      ['three seats, one taken', { maxAccounts: 3, accounts: [otherAccountId] }, 2],
      ['as many as are named', { expectedAccountIds: numbers }, 4],
    ];
    for (const [what, launch, kept] of rows) {
      const { name, underWay } = naming(byHand(launch));
      for (const number of numbers) await name(number);
      t.strictSame(underWay(), numbers.slice(-kept), `${what}: the last ${kept} of four`);
    }
  });

  t.test('those that were entered first make room, whatever their numbers', async (t) => {
    const { name, underWay } = naming(byHand({ maxAccounts: 2 }));
    for (const place of [2, 0, 1] as const) await name(numbers[place]);
    t.strictSame(underWay(), [numbers[0], numbers[1]], 'the third number was entered first');
  });

  t.test('an account that comes back has its seat, whoever is entered first', async (t) => {
    for (const order of [[0, 1] as const, [1, 0] as const]) {
      const back = anAccount({ rev: null, accountId: numbers[0], status: 'disconnected' });
      const memory = byHand({ maxAccounts: 2, accounts: [numbers[0]] }, back);
      const { name, underWay } = naming(memory);
      for (const place of order) await name(numbers[place]);
      t.strictSame(underWay(), [numbers[0], numbers[1]]);
      await name(numbers[2]);
      t.strictSame(underWay(), [numbers[0], numbers[2]], 'the other seat is for the last of the others');
    }
  });

  t.test(
    'leaves alone what has become the platform’s, or a client’s that is removed, meanwhile',
    async (t) => {
      for (const become of ['named by the platform', 'removed'] as const) {
        const memory = byHand();
        const { name } = naming(memory);
        await name(numbers[0]);
        memory.before = ({ remove = [] }) => {
          if (remove.length === 0) return;
          memory.before = () => undefined;
          if (become === 'removed') memory.write({ ...must(memory.all('client')[0]), removedAt: now });
          else memory.write({ ...must(memory.all('account')[0]), launchId: null });
        };
        await name(numbers[1]);
        t.equal(memory.all('account').length, 2, become);
        t.notOk(memory.events.some(({ type }) => type === 'account.rejected'));
      }
    },
  );

  t.test('leaves alone what is not under way by this link', async (t) => {
    const others = [
      anAccount({ rev: null, accountId: numbers[1], status: 'rejected', connectedBy: null }),
      anAccount({ rev: null, accountId: numbers[2], status: 'disconnected' }),
      anAccount({
        rev: null,
        accountId: numbers[3],
        status: 'verifying',
        launchId: null,
        trying: { until: now + hour, attempts: 1 },
      }),
    ];
    const memory = byHand({}, ...others);
    await naming(memory).name(numbers[0]);
    t.equal(memory.all('account').length, 4);
  });

  t.test('an account that is connected in that very moment stays', async (t) => {
    const memory = byHand({ maxAccounts: 1 });
    const { name } = naming(memory);
    await name(numbers[0]);
    memory.before = ({ remove }) => {
      if (remove === undefined || remove.length === 0) return;
      memory.before = () => undefined;
      memory.write({
        ...must(memory.all('account').find((one) => one.accountId === numbers[0])),
        status: 'connected',
        trying: null,
      });
    };
    await name(numbers[1]);
    t.equal(memory.all('account').find((one) => one.accountId === numbers[0])?.status, 'connected');
  });
});

t.test('registering a role', async (t) => {
  const by = { launch: null, until: now + hour, actor: { type: 'api-key', name: 'admin' } } as const;

  t.test('is decided anew where something moved meanwhile', async (t) => {
    const memory = fresh();
    let collisions = 3;
    memory.before = () => {
      collisions -= 1;
      if (collisions >= 0) memory.write({ ...must(memory.all('client')[0]), name: `Renamed ${collisions}` });
    };
    const { checks, ports } = naming(memory);
    t.match(await registerRole(ports, ourId, roleArn, by), { status: 'verifying' });
    t.equal(checks.length, 1);
    t.match(memory.all('client'), [{ name: 'Renamed 0' }]);
    collisions = 1_000;
    await t.rejects(
      registerRole(ports, ourId, otherRoleArn, by),
      { code: 'unavailable' },
      'and not for ever',
    );
    t.equal(checks.length, 1);
  });

  t.test('that is connected already changes nothing, and that of another says why', async (t) => {
    const memory = fresh(anAccount({ rev: null }));
    const { checks, ports } = naming(memory);
    t.match(await registerRole(ports, ourId, roleArn, by), { status: 'connected' });
    t.strictSame([checks.length, memory.commits], [0, 0]);
    await t.rejects(registerRole(ports, ourId, otherRoleArn, by), {
      code: 'account-refused',
      message: /\(account-connected-already\)$/,
    });
  });

  t.test('of a client that is gone is not found', async (t) => {
    for (const memory of [new Memory(), new Memory(aClient({ rev: null, removedAt: now }))])
      await t.rejects(registerRole(naming(memory).ports, ourId, roleArn, by), { code: 'not-found' });
  });
});

t.test('a role that the platform names is tried as long as a link without a callback is open', async (t) => {
  const rows: [string, Parameters<typeof aLaunch>[0][], number][] = [
    ['no link', [], now + 90_000],
    ['one that calls back', [{}], now + 90_000],
    ['an open one', [{ callback: 'none' }], now + hour],
    ['a withdrawn one', [{ callback: 'none', revokedAt: now }], now + 90_000],
    ['one that is used', [{ callback: 'none', accounts: [accountId] }], now + 90_000],
    ['one that is over', [{ callback: 'none', expiresAt: now - 1 }], now + 90_000],
    ['one that is nearly over', [{ callback: 'none', expiresAt: now + 2_000 }], now + 90_000],
    [
      'the later of two',
      [
        { callback: 'none', expiresAt: now + 2_000 },
        { callback: 'none', expiresAt: now + 9 * hour },
      ],
      now + 9 * hour,
    ],
  ];
  for (const [name, links, until] of rows) {
    const launches = links.map((changes, place) => aLaunch(changes, ourId, place + 1));
    t.equal(triedUntil({ launches }, now), until, name);
  }
});

t.test(
  'a page shows no account of which nothing was found out before its stack was taken away',
  async (t) => {
    const mine = { launchId: aLaunch().id, status: 'disconnected' } as const;
    const rows: [string, Partial<Account>, number][] = [
      ['connected once', { verdict: null }, 1],
      ['refused, then taken away', { connectedAt: null, verdict: bad }, 1],
      ['taken away while it was verified', { connectedAt: null, verdict: null }, 0],
      ['being verified', { status: 'verifying', connectedAt: null, verdict: null }, 1],
      ['of another link', { launchId: null }, 0],
    ];
    for (const [name, changes, count] of rows) {
      const memory = new Memory(aClient({ rev: null }), anAccount({ rev: null, ...mine, ...changes }));
      const { client } = memory.around;
      const ports = {
        client,
        accountsOf: async () => memory.all('account'),
        stack: async () => null,
        now: () => now,
      };
      t.equal((await readLaunch(ports, ourToken.page))?.accounts.length, count, name);
    }
  },
);
