import fc from 'fast-check';
import t from 'tap';
import type { GroupWithPolicies } from '../../src/access/all-groups.js';
import { renderCentralTemplate, type TemplateWish } from '../../src/access/central-stack/render-template.js';
import { selfServicePolicy } from '../../src/access/central-stack/self-service-policy.js';
import { groupPolicies } from '../../src/access/group-policies.js';
import type { Account } from '../../src/core/account.js';
import type { Group } from '../../src/core/group.js';
import { clientId, groupId } from '../../src/core/id.js';
import { anAccount, uuid7 } from '../core/things.js';
import type { Json } from '../support/world.js';

/** Source: quotas of CloudFormation, and of IAM: groups of an account, a group's name, its inline policies. */
const QUOTA = { resources: 500, body: 1_048_576, groups: 500, name: 128, inline: 5_120 };

function account(number: number): Account {
  const accountId = String(300_000_000_000 + number);
  const humanRoleArn = `arn:aws:iam::${accountId}:role/CrossAccountSecurityAuditRole`;
  return anAccount({ clientId: clientId(uuid7(number)), accountId, status: 'connected', humanRoleArn });
}

function aGroup(number: number, members: readonly string[] = ['alice'], accounts = 1, name = 'Audit') {
  const group: Group = {
    ...{ kind: 'group', rev: null, id: groupId(uuid7(number)), name, description: null, color: null },
    ...{ clients: [], selector: null, members, sessionDurationSeconds: 3_600, createdAt: 0, updatedAt: 0 },
  };
  const reached = Array.from({ length: accounts }, (_, place) => account(number * 1_000 + place));
  return { group, policies: groupPolicies(group, reached) };
}

const render = (groups: readonly GroupWithPolicies[], wish: Partial<TemplateWish> = {}) =>
  renderCentralTemplate({
    ...{ groups, users: ['alice', 'bob', 'Carol'], partition: { id: 'aws' }, isNested: false },
    addressOf: (hash) => `https://bucket.s3.us-east-1.amazonaws.com/central-stack/${hash}.json`,
    ...wish,
  });
const resourcesOf = (body: string): Json => JSON.parse(body).Resources;
const byType = (body: string, type: string): Json[] =>
  Object.values<Json>(resourcesOf(body)).filter(({ Type }) => Type === type);

t.test('a group, its policies, its members, and what each may do for himself', (t) => {
  const { body, version, isNested, unknownMembers } = render([aGroup(1, ['alice', 'carol', 'mallory'], 200)]);
  t.notOk(isNested);
  t.strictSame(unknownMembers, ['mallory'], 'nobody is planned for who is no user');
  const [members] = byType(body, 'AWS::IAM::UserToGroupAddition');
  t.strictSame(members.Properties.Users, ['Carol', 'alice'], 'called as IAM calls them');
  const [group] = byType(body, 'AWS::IAM::Group');
  t.match(group.Properties, { GroupName: /^Audit-[0-9a-f]{8}$/, Path: '/rolecall/' });
  const policies = byType(body, 'AWS::IAM::ManagedPolicy');
  t.equal(policies.length, aGroup(1, [], 200).policies.length);
  for (const { Properties } of policies) {
    t.equal(Properties.Path, '/rolecall/');
    t.strictSame(Properties.Groups, [members.Properties.GroupName], 'attached to the group, and to no other');
    t.equal(Properties.Description, undefined, 'which could not be changed');
  }
  const inline = group.Properties.Policies[0].PolicyDocument;
  t.strictSame(inline, JSON.parse(JSON.stringify(selfServicePolicy({ id: 'aws' }))));
  t.ok(JSON.stringify(inline).length < QUOTA.inline);
  t.equal(JSON.parse(body).Outputs.Version.Value, version);
  t.strictSame(byType(render([aGroup(1, ['mallory'])]).body, 'AWS::IAM::UserToGroupAddition'), []);
  t.end();
});

t.test('the same groups give the same bytes, and any change another version', (t) => {
  const groups = [aGroup(1), aGroup(2, ['bob'], 3)];
  t.equal(render(groups).body, render(groups).body);
  const others = [
    [aGroup(1), aGroup(2, ['bob'], 4)],
    [aGroup(1), aGroup(2, ['bob', 'alice'], 3)],
    [aGroup(1)],
    [aGroup(1), aGroup(2, ['bob'], 3, 'Admin')],
  ];
  const versions = [groups, ...others].map((each) => render(each).version);
  t.equal(new Set(versions).size, versions.length);
  const unknown = [aGroup(1, ['alice', 'nobody']), aGroup(2, ['bob'], 3)];
  t.equal(render(unknown).version, render(groups).version, 'whoever is no user changes nothing');
  t.end();
});

t.test('without groups it is still a template', (t) => {
  t.equal(Object.keys(resourcesOf(render([]).body)).length, 1);
  t.end();
});

t.test('whatever a group is called, its name in IAM is one, and no other group’s', (t) => {
  const holds = fc.property(
    fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 128 }), { maxLength: 8 }),
    (names) => {
      const { body } = render(names.map((name, place) => aGroup(place + 1, ['bob'], 1, name)));
      const given = byType(body, 'AWS::IAM::Group').map(({ Properties }) => Properties.GroupName);
      return (
        given.every((name) => /^[\w+=,.@-]{1,128}$/.test(name)) &&
        new Set(given.map((name) => name.toLowerCase())).size === names.length
      );
    },
  );
  t.doesNotThrow(() => fc.assert(holds));
  t.end();
});

t.test('as many groups as an account may have stay inside every quota, in stacks within the stack', (t) => {
  const users = Array.from({ length: 1_000 }, (_, place) => `user-${place}`);
  const groups = Array.from({ length: QUOTA.groups }, (_, place) =>
    aGroup(place * 7_919 + 1, users.slice(place, place + 2), 300),
  );
  const { body, nested } = render(groups, { users, isNested: true });
  const bodies = [body, ...nested.values()];
  for (const each of bodies) {
    t.ok(Object.keys(resourcesOf(each)).length <= QUOTA.resources);
    t.ok(each.length <= QUOTA.body, `${each.length} bytes`);
  }
  const all = [...nested.values()].flatMap((each) => byType(each, 'AWS::IAM::Group'));
  t.equal(all.length, QUOTA.groups);
  const names = bodies.flatMap((each) =>
    Object.values<Json>(resourcesOf(each)).flatMap(
      ({ Properties }) => Properties.GroupName ?? Properties.ManagedPolicyName ?? [],
    ),
  );
  const texts = names.filter((name) => typeof name === 'string');
  t.equal(new Set(texts.map((name) => name.toLowerCase())).size, texts.length);
  t.ok(texts.every((name) => name.length <= QUOTA.name));
  t.strictSame(
    byType(body, 'AWS::CloudFormation::Stack').map(({ Properties }) => Properties.TemplateURL),
    [...nested.keys()],
  );
  t.throws(() => render(groups, { users, isNested: true, addressOf: null }), {
    code: 'central-stack-too-large',
  });
  t.throws(() => render(groups, { users }), { code: 'central-stack-too-large', message: /deploy it anew/ });
  t.end();
});

t.test('in a stack of nested ones a group stays in its own, whoever comes and goes', (t) => {
  const whereIs = (groups: readonly GroupWithPolicies[]) => {
    const { body, nested } = render(groups, { isNested: true });
    const stacks = Object.entries<Json>(resourcesOf(body));
    return new Map(
      stacks.flatMap(([stack, { Properties }]) =>
        byType(nested.get(Properties.TemplateURL) ?? '{}', 'AWS::IAM::Group').map(
          (group) => [group.Properties.GroupName, stack] as const,
        ),
      ),
    );
  };
  const groups = Array.from({ length: 30 }, (_, place) => aGroup(place * 104_729 + 1, []));
  const [all, some] = [whereIs(groups), whereIs(groups.slice(10))];
  t.equal(some.size, 20);
  for (const [name, stack] of some) t.equal(all.get(name), stack);
  t.ok(new Set(all.values()).size > 5, 'and they are spread');
  t.end();
});

t.test('a user in more groups than IAM lets him is named', (t) => {
  const groups = Array.from({ length: 11 }, (_, place) => aGroup(place + 1, [place % 2 ? 'BOB' : 'bob']));
  t.throws(() => render(groups), { code: 'group-too-large', message: /bob is in 11 groups/ });
  t.doesNotThrow(() => render(groups.slice(1)));
  t.doesNotThrow(() =>
    render(
      groups.map(({ policies, group }) => ({ policies, group })),
      { users: ['alice'] },
    ),
  );
  t.end();
});
