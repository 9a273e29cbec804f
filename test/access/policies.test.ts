import fc from 'fast-check';
import t from 'tap';
import { groupPolicies } from '../../src/access/group-policies.js';
import type { Account } from '../../src/core/account.js';
import { clientId, groupId } from '../../src/core/id.js';
import { anAccount, uuid7 } from '../core/things.js';

const group = { id: groupId(uuid7(1)), name: 'Security-Audit' };
/** IAM's quotas: characters of a managed policy, and managed policies of a group. */
const [LARGEST_POLICY, MOST_POLICIES] = [6_144, 10];
const USUAL = 'CrossAccountSecurityAuditRole';

/** The account with this number, of a client of its own. */
function account(number: number, role = USUAL, changes: Partial<Account> = {}): Account {
  const accountId = String(number).padStart(12, '0');
  return anAccount({
    clientId: clientId(uuid7(number % 1_000_000_000)),
    accountId,
    status: 'connected',
    humanRoleArn: `arn:aws:iam::${accountId}:role/${role}`,
    ...changes,
  });
}

const fleet = (count: number, role?: string) =>
  Array.from({ length: count }, (_, n) => account(300_000_000_000 + n * 7_919, role));

const resourcesOf = (accounts: readonly Account[]) =>
  groupPolicies(group, accounts).map(({ document }) => document.Statement[0].Resource);

/** Counted as IAM counts: without white space. */
const sizeOf = (document: object) => JSON.stringify(document, null, 2).replace(/\s/g, '').length;

const numbers = fc.uniqueArray(fc.integer({ min: 100_000_000_000, max: 999_999_999_999 }), {
  maxLength: 400,
});
const roles = fc.stringMatching(/^([\w+=,@$-]{1,200}\/)?[\w+=,@-]{1,64}$/);

t.test('a policy lets in by the role of each connected account, with MFA, and by nothing else', (t) => {
  const [policy, ...others] = groupPolicies(group, [account(111_122_223_333)]);
  t.strictSame(others, []);
  t.strictSame(policy, {
    name: `rolecall-${group.id}-1`,
    document: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'EnterAccounts',
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Resource: [`arn:aws:iam::111122223333:role/${USUAL}`],
          Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
        },
      ],
    },
  });
  t.strictSame(groupPolicies(group, []), [], 'without an account there is none');
  t.end();
});

t.test('an account counts while it is connected or degraded', (t) => {
  const counts = (status: Account['status']) =>
    resourcesOf([account(111_122_223_333, USUAL, { status })]).length === 1;
  t.strictSame((['verifying', 'connected', 'rejected', 'degraded', 'disconnected'] as const).filter(counts), [
    'connected',
    'degraded',
  ]);
  t.end();
});

t.test('a role that is not the account’s own is left out', (t) => {
  for (const humanRoleArn of [
    null,
    `arn:aws:iam::444455556666:role/${USUAL}`,
    `arn:aws-cn:iam::111122223333:role/${USUAL}`,
    'arn:aws:iam::111122223333:role/*',
    'arn:aws:iam::111122223333:user/alice',
    `arn:aws:iam::*:role/${USUAL}`,
  ])
    t.strictSame(resourcesOf([account(111_122_223_333, USUAL, { humanRoleArn })]), [], String(humanRoleArn));
  t.end();
});

t.test('a path with a dollar sign is no policy variable', (t) => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as IAM has variables
  const [resources] = resourcesOf([account(111_122_223_333, '${aws:username}/Audit')]);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as IAM has variables
  t.strictSame(resources, ['arn:aws:iam::111122223333:role/${$}{aws:username}/Audit']);
  t.end();
});

t.test(
  'whatever the accounts, each role stands in one policy, and no policy is too large or unneeded',
  (t) => {
    fc.assert(
      fc.property(numbers, fc.array(roles, { minLength: 1, maxLength: 5 }), (some, names) => {
        const accounts = some.map((number, place) => account(number, names[place % names.length]));
        const policies = groupPolicies(group, accounts);
        const listed = policies.flatMap(({ document }) => document.Statement[0].Resource);
        const wanted = accounts.map(
          ({ humanRoleArn }) => humanRoleArn?.replaceAll('$', '$'.concat('{$}')) ?? '',
        );
        t.strictSame([...listed].sort(), wanted.sort());
        t.ok(policies.every(({ document }) => sizeOf(document) <= LARGEST_POLICY));
        t.ok(policies.length <= MOST_POLICIES);
        t.equal(new Set(policies.map(({ name }) => name)).size, policies.length);
        const longest = Math.max(0, ...listed.map((arn) => arn.length + 3));
        const total = listed.reduce((sum, arn) => sum + arn.length + 3, 0);
        const room = LARGEST_POLICY - sizeOf({ ...policies[0]?.document, Statement: [] }) - 200;
        t.ok(
          policies.length <= Math.ceil(total / (room - longest)) || total === 0,
          'none is there for nothing',
        );
      }),
      { numRuns: 60 },
    );
    t.end();
  },
);

t.test('the same accounts give the same policies, in whatever order they come, once or twice', (t) => {
  const accounts = fleet(250);
  const once = groupPolicies(group, accounts);
  fc.assert(
    fc.property(fc.shuffledSubarray(accounts, { minLength: accounts.length }), (shuffled) => {
      t.strictSame(groupPolicies(group, [...shuffled, ...shuffled.slice(0, 9)]), once);
    }),
    { numRuns: 10 },
  );
  t.end();
});

t.test('600 accounts stay inside every quota of IAM, and take as few policies as hold them', (t) => {
  const policies = groupPolicies(group, fleet(600));
  const sizes = policies.map(({ document }) => sizeOf(document));
  const [first] = policies;
  const each = `"${first?.document.Statement[0].Resource[0]}",`.length;
  const empty =
    LARGEST_POLICY -
    sizeOf({ ...first?.document, Statement: [{ ...first?.document.Statement[0], Resource: [] }] });
  t.equal(policies.length, Math.ceil(600 / Math.floor((empty + 1) / each)));
  t.ok(policies.length <= MOST_POLICIES);
  t.ok(sizes.every((size) => size <= LARGEST_POLICY));
  t.match(policies[0]?.name, /^[\w+=,.@-]{1,128}$/, 'a name that IAM takes');
  t.end();
});

t.test('an account that comes or goes changes few policies', (t) => {
  const accounts = fleet(601);
  const before = resourcesOf(accounts.slice(0, 600));
  let changed = 0;
  for (let left = 0; left < 600; left += 20) {
    const after = resourcesOf(accounts.filter((_, place) => place !== left && place !== 600));
    changed += after.filter((resources, slot) => String(resources) !== String(before[slot])).length;
  }
  t.ok(changed / 30 <= 3, `${changed / 30} of ${before.length} policies on average`);
  const grown = resourcesOf(accounts);
  t.ok(grown.filter((resources, slot) => String(resources) !== String(before[slot])).length <= 3);
  t.end();
});

t.test('a policy more takes its share of the roles, and most others stay', (t) => {
  const slotOf = (these: readonly Account[]) =>
    new Map(resourcesOf(these).flatMap((resources, slot) => resources.map((arn) => [arn, slot] as const)));
  const many = fleet(190);
  const [two, three] = [slotOf(many.slice(0, 180)), slotOf(many)];
  const moved = [...two].filter(([arn, slot]) => three.get(arn) !== slot).length;
  t.equal(new Set(three.values()).size, 3);
  t.ok(moved < 75, `${moved} of 180 moved`);
  t.end();
});

t.test('a group that ten policies do not hold is told what else there is, and what that gives away', (t) => {
  const refused = (accounts: readonly Account[]) => {
    try {
      groupPolicies(group, accounts);
      return null;
    } catch (error) {
      return error;
    }
  };
  t.equal(refused(fleet(900)), null);
  t.match(refused(fleet(1_000)), {
    code: 'group-too-large',
    message:
      /1000 roles.*Security-Audit.*10 managed policies.*arn:aws:iam::\*:role\/CrossAccountSecurityAuditRole.*outside of the group/s,
  });
  const mixed = [...fleet(1_000).slice(1), account(300_000_000_000, 'Another')];
  t.match(refused(mixed), { code: 'group-too-large', message: /Were all of these roles called alike/ });
  t.end();
});
