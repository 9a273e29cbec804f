import { setTimeout as sleep } from 'node:timers/promises';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { accountItem } from '../../src/store/account-item.js';
import { must } from '../core/things.js';
import { databaseAt, localUrl } from '../store/database.js';
import { createStack, eventually, type Json, KEY, startService } from '../support/world.js';
import type { Attempt } from './attempts.js';
import {
  calm,
  changeTrust,
  connected,
  entering,
  freshAccount,
  makeRole,
  policyOf,
  stackOutcome,
  strike,
  withPropagation,
  withTrust,
} from './aws.js';
import {
  deploymentAt,
  everConnected,
  type Own,
  type Sandboxed,
  settledAccount,
  standing,
} from './deployment.js';

const CONTROL_ACCOUNT = '888888888888';
const STRANGER = 'arn:aws:iam::444455556666:root';

/** Stands for the service's own role in a condition. */
const OURS = 'the service’s own role';
// biome-ignore lint/suspicious/noTemplateCurlyInString: IAM's own way to write a policy variable
const variable = '${aws:PrincipalTag/team}';

type Policy = (target: Sandboxed, externalId: string) => Json;

/** A condition of the entering statement, beside or instead of the right one. */
const condition =
  (block: (externalId: string) => object): Policy =>
  (target, externalId) =>
    policyOf(
      entering(target, externalId, {
        Condition: {
          ArnEquals: { 'aws:PrincipalArn': target.principalArn },
          ...block(externalId),
        },
      }),
    );

const among = 'Role accepted that lets in without the ID, or with others';
const policies: readonly (readonly [string, string, Policy])[] = [
  ['no external ID', 'trust-without-external-id (external-id-not-required)', condition(() => ({}))],
  [
    'any external ID',
    'trust-accepts-any-external-id (external-id-wildcard)',
    condition(() => ({ StringLike: { 'sts:ExternalId': '*' } })),
  ],
  [
    'any external ID, by Null',
    'trust-accepts-any-external-id (external-id-not-required)',
    condition(() => ({ Null: { 'sts:ExternalId': 'false' } })),
  ],
  [
    'StringEqualsIfExists',
    'trust-without-external-id (external-id-if-exists)',
    condition((id) => ({ StringEqualsIfExists: { 'sts:ExternalId': id } })),
  ],
  [
    'ForAllValues:StringEquals',
    'trust-without-external-id (external-id-if-exists)',
    condition((id) => ({ 'ForAllValues:StringEquals': { 'sts:ExternalId': id } })),
  ],
  [
    'StringNotEquals of another ID',
    'trust-without-external-id (external-id-not-required)',
    condition(() => ({ StringNotEquals: { 'sts:ExternalId': 'another' } })),
  ],
  [
    'the beginning of the ID and a wildcard',
    'trust-policy-unsafe (external-id-wildcard)',
    condition((id) => ({ StringLike: { 'sts:ExternalId': `${id.slice(0, 13)}*` } })),
  ],
  [
    'the ID but for one character',
    'trust-policy-unsafe (external-id-wildcard)',
    condition((id) => ({ StringLike: { 'sts:ExternalId': `${id.slice(0, -1)}?` } })),
  ],
  [
    'a list with a further ID',
    'trust-policy-unsafe (external-id-others)',
    condition((id) => ({ StringEquals: { 'sts:ExternalId': [id, 'another-id'] } })),
  ],
  [
    'a list with a further ID that is a number',
    'trust-policy-unsafe (external-id-others)',
    condition((id) => ({ StringEquals: { 'sts:ExternalId': [id, 123456] } })),
  ],
  [
    'principal *, with the ID',
    'trust-policy-unsafe (principal-anyone)',
    (target, id) =>
      policyOf(
        entering(target, id, { Principal: '*', Condition: { StringEquals: { 'sts:ExternalId': id } } }),
      ),
  ],
  [
    'principal {AWS: *}, with the ID',
    'trust-policy-unsafe (principal-anyone)',
    (target, id) =>
      policyOf(
        entering(target, id, {
          Principal: { AWS: '*' },
          Condition: { StringEquals: { 'sts:ExternalId': id } },
        }),
      ),
  ],
  [
    'another account’s root, with the ID',
    'trust-policy-unsafe (principal-other-account)',
    (target, id) =>
      policyOf(
        entering(target, id),
        entering(target, id, {
          Principal: { AWS: STRANGER },
          Condition: { StringEquals: { 'sts:ExternalId': id } },
        }),
      ),
  ],
  [
    'another account’s root, without',
    'trust-policy-unsafe (principal-other-account, external-id-not-required)',
    (target, id) =>
      policyOf(entering(target, id), entering(target, id, { Principal: { AWS: STRANGER }, Condition: {} })),
  ],
  [
    'a further statement that asks for no ID',
    'trust-without-external-id (principal-account-wide, external-id-not-required)',
    (target, id) => policyOf(entering(target, id), entering(target, id, { Condition: {} })),
  ],
  [
    'a further statement for sts:* without the ID',
    'trust-without-external-id (external-id-not-required)',
    (target, id) =>
      policyOf(
        entering(target, id),
        entering(target, id, {
          Action: 'sts:*',
          Condition: { StringEquals: { 'aws:PrincipalArn': target.principalArn } },
        }),
      ),
  ],
  [
    'a further statement for another role of ours, without',
    'trust-policy-unsafe (principal-account-wide, external-id-not-required)',
    (target, id) =>
      policyOf(
        entering(target, id),
        entering(target, id, {
          Condition: { StringEquals: { 'aws:PrincipalArn': `${target.principalArn}Other` } },
        }),
      ),
  ],
  [
    'a list with a policy variable',
    'trust-policy-unsafe (external-id-wildcard)',
    condition((id) => ({ StringEquals: { 'sts:ExternalId': [id, variable] } })),
  ],
  [
    'any external ID, the key in other case',
    'trust-accepts-any-external-id (external-id-wildcard)',
    condition(() => ({ StringLike: { 'STS:externalid': '*' } })),
  ],
  ...(
    [
      ['of an organization', { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } }],
      [
        'whose role’s ARN fits a pattern',
        { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/Rolecall*' } },
      ],
      ['whose ARN is ours, if there is one', { StringEqualsIfExists: { 'aws:PrincipalArn': OURS } }],
      ['whose ARN is ours or a stranger’s', { StringEquals: { 'aws:PrincipalArn': [OURS, STRANGER] } }],
      ['whose ARN is not a stranger’s', { ArnNotEquals: { 'aws:PrincipalArn': STRANGER } }],
    ] satisfies [string, object][]
  ).map(
    ([whose, narrowing]) =>
      [
        `anybody ${whose}, with the ID`,
        'trust-policy-unsafe (principal-anyone)',
        (target: Sandboxed, id: string) =>
          policyOf(
            entering(target, id),
            entering(target, id, {
              Principal: { AWS: '*' },
              Condition: withId(id, ofOurs(target, narrowing)),
            }),
          ),
      ] as const,
  ),
];

/** A condition that asks for the ID, and for whatever else it says. */
function withId(id: string, block: Json): Json {
  return { ...block, StringEquals: { ...block.StringEquals, 'sts:ExternalId': id } };
}

/** Names the service's own role where a condition stands for it. */
function ofOurs({ principalArn }: Sandboxed, narrowing: object): Json {
  return JSON.parse(JSON.stringify(narrowing).replaceAll(OURS, principalArn));
}

const unsafe = policies.map(
  ([attempt, seen, policy]): Attempt => ({
    ...{ cls: among, attempt, expected: `ROLLBACK_COMPLETE, rejected ${seen}` },
    needs: 'sandbox',
    run: async (target) => {
      const client = await target.invite();
      return stackOutcome(target, client, { edit: withTrust(policy(target, client.externalId)) });
    },
  }),
);

const borderline: readonly Attempt[] = [
  {
    ...{ cls: among, attempt: 'StringEqualsIgnoreCase' },
    needs: 'sandbox',
    expected: 'CREATE_COMPLETE, connected (external-id-ignores-case)',
    run: async (target) => {
      const client = await target.invite();
      const policy = condition((id) => ({ StringEqualsIgnoreCase: { 'sts:ExternalId': id } }));
      return stackOutcome(target, client, { edit: withTrust(policy(target, client.externalId)) });
    },
  },
  {
    ...{ cls: among, attempt: 'NotPrincipal (AWS makes no such role)' },
    needs: 'sandbox',
    expected: 'ROLLBACK_COMPLETE, no account',
    run: async (target) => {
      const client = await target.invite();
      const { Principal: _, ...statement } = entering(target, client.externalId);
      const policy = policyOf({ ...statement, NotPrincipal: { AWS: STRANGER } });
      return stackOutcome(target, client, { edit: withTrust(policy) });
    },
  },
  {
    ...{ cls: among, attempt: 'NotAction (AWS makes no such role)' },
    needs: 'sandbox',
    expected: 'ROLLBACK_COMPLETE, no account',
    run: async (target) => {
      const client = await target.invite();
      const { Action: _, ...statement } = entering(target, client.externalId);
      return stackOutcome(target, client, {
        edit: withTrust(policyOf({ ...statement, NotAction: 'sts:TagSession' })),
      });
    },
  },
  {
    ...{ cls: among, attempt: 'the client’s own account besides' },
    needs: 'sandbox',
    expected: 'CREATE_COMPLETE, connected (principal-own-account)',
    run: async (target) => {
      const [client, account] = [await target.invite(), freshAccount()];
      const Principal = { AWS: `arn:aws:iam::${account}:root` };
      const right = entering(target, client.externalId);
      const own = entering(target, client.externalId, { Principal, Condition: {} });
      return stackOutcome(target, client, { account, edit: withTrust(policyOf(right, own)) });
    },
  },
  {
    ...{ cls: among, attempt: 'an AWS service besides' },
    needs: 'sandbox',
    expected: 'CREATE_COMPLETE, connected (principal-service)',
    run: async (target) => {
      const client = await target.invite();
      const Principal = { Service: 'ec2.amazonaws.com' };
      const right = entering(target, client.externalId);
      const service = entering(target, client.externalId, { Principal, Condition: {} });
      return stackOutcome(target, client, { edit: withTrust(policyOf(right, service)) });
    },
  },
  {
    ...{ cls: among, attempt: 'the template as it is' },
    needs: 'sandbox',
    expected: 'CREATE_COMPLETE, connected',
    run: async (target) => stackOutcome(target, await target.invite()),
  },
];

/** A role named by hand, and what became of it. */
async function byHand(target: Sandboxed, policy: Policy): Promise<string> {
  const client = await target.invite();
  const roleArn = await makeRole(target, freshAccount(), policy(target, client.externalId));
  await target.call('POST', `/v1/clients/${client.id}/accounts`, { roleArn });
  const account = await settledAccount(target, client);
  return standing(account);
}

const right: Policy = (target, externalId) => policyOf(entering(target, externalId));
const noId = condition(() => ({}));

const hand: readonly Attempt[] = (
  [
    ['a role named by hand that asks for no ID', 'rejected trust-without-external-id', noId],
    [
      'a role named by hand that takes any ID',
      'rejected trust-accepts-any-external-id',
      condition(() => ({ StringLike: { 'sts:ExternalId': '*' } })),
    ],
    ['a role named by hand as it should be', 'connected', right],
  ] as const
).map(
  ([attempt, expected, policy]): Attempt => ({
    ...{ cls: among, attempt, expected },
    needs: 'sandbox',
    run: (target) => byHand(target, policy),
  }),
);

const early = 'Negative probes run too early';
const tooEarly: readonly Attempt[] = (
  [
    ['an open role that is not known yet', 'ROLLBACK_COMPLETE, rejected trust-without-external-id', noId],
    ['a good role that is not known yet', 'CREATE_COMPLETE, connected', right],
  ] as const
).map(
  ([attempt, expected, policy]): Attempt => ({
    ...{ cls: early, attempt, expected: `${expected}, after more than one attempt` },
    needs: 'sandbox',
    alone: true,
    run: (target) =>
      // The first attempt has to come before it.
      withPropagation(target, 5_000, async () => {
        const client = await target.invite();
        const edit = withTrust(policy(target, client.externalId));
        const outcome = (await stackOutcome(target, client, { edit })).replace(/ \(.*\)/, '');
        const [account] = await target.accountsOf(client);
        return `${outcome}, after ${account.verdict.attempts > 1 ? 'more than one attempt' : 'ONE ATTEMPT'}`;
      }),
  }),
);

const passed = 'Negative probes “passed” by an error that is no denial';
const errors: readonly Attempt[] = [
  ...['sts-throttle', 'sts-outage', 'sts-region-disabled', 'rcp-deny', 'provider-scp-deny'].map(
    (name): Attempt => ({
      ...{ cls: passed, attempt: `an open role, ${name} on most calls` },
      needs: 'sandbox',
      expected: 'rejected for its trust, never connected',
      run: async (target) => {
        const client = await target.invite();
        const account = freshAccount();
        // Most calls fail by chance: by and by each of the three alone, and each pair of them.
        await strike(target, { name, account, rate: 0.6, times: 12 });
        const outcome = await stackOutcome(target, client, {
          account,
          edit: withTrust(noId(target, client.externalId)),
        });
        const seen = outcome.replace('ROLLBACK_COMPLETE, ', '').replace(/ \(.*\)/, '');
        // Which of the two probes was let through, or whether the policy itself told, is chance.
        const caught = seen.replace(/ trust-[a-z-]+$/, ' for its trust');
        return `${caught}, ${await everConnected(target, client)}`;
      },
    }),
  ),
  ...['sts-throttle', 'sts-outage', 'sts-region-disabled'].map(
    (name): Attempt => ({
      ...{ cls: passed, attempt: `a good role, ${name} on every call for a while` },
      needs: 'sandbox',
      expected: 'CREATE_COMPLETE, connected',
      run: async (target) => {
        const account = freshAccount();
        // The SDK itself tries again what may pass; a region that is disabled costs one of our own pauses a time.
        await strike(target, { name, account, times: name === 'sts-region-disabled' ? 3 : 7 });
        return stackOutcome(target, await target.invite(), { account });
      },
    }),
  ),
  {
    ...{ cls: passed, attempt: 'our own control roles cannot be entered' },
    needs: 'own',
    expected: 'ready with a warning in words and verifying meanwhile; connected and no warning afterwards',
    run: async (target) => {
      await strike(target, { name: 'provider-scp-deny', account: CONTROL_ACCOUNT, forMs: 120_000 });
      return onItsOwn(target, async (other) => {
        const client = await other.invite();
        await createStack(other.world, client, { account: freshAccount() });
        await eventually(
          () => other.accountsOf(client),
          ([account]) => account !== undefined,
        );
        const warned = async () => {
          const { status, body } = await other.call('GET', '/readyz');
          const words = body.warnings.some((text: string) =>
            /No verdict counts: the .* control role/.test(text),
          );
          return status !== 200
            ? `NOT READY (${status})`
            : words
              ? 'ready with a warning in words'
              : 'no warning';
        };
        // A look that a cold start made late is kept for a few seconds.
        await eventually(
          async () => (await other.call('GET', '/readyz')).status,
          (status) => status === 200,
        );
        const seen = [await warned()];
        await sleep(3_000);
        const [before] = await other.accountsOf(client);
        await calm(target);
        const after = await settledAccount(other, client);
        seen.push(
          `and ${standing(before)} meanwhile; ${standing(after)}`,
          `and ${await warned()} afterwards`,
        );
        return seen.join(' ');
      });
    },
  },
];

const never = 'Negative probes never repeated';
const repeated: readonly Attempt[] = (
  [
    ['opened to everybody of ours after it was connected', 'degraded trust-without-external-id', noId],
    [
      'opened to any ID after it was connected',
      'degraded trust-accepts-any-external-id',
      condition(() => ({ StringLike: { 'sts:ExternalId': '*' } })),
    ],
    [
      'opened to a stranger after it was connected',
      'degraded trust-policy-unsafe',
      (target, id) =>
        policyOf(entering(target, id), entering(target, id, { Principal: { AWS: STRANGER }, Condition: {} })),
    ],
  ] satisfies [string, string, Policy][]
).map(
  ([attempt, expected, policy]): Attempt => ({
    ...{ cls: never, attempt, expected: `looked at again within a day; ${expected}` },
    needs: 'own',
    slow: true,
    run: async (target) => {
      const { client, account, roleArn } = await connected(target);
      const [{ nextVerificationAt }] = (await target.accountsOf(client)) as [Json];
      const hours = (Date.parse(nextVerificationAt) - Date.now()) / 3_600_000;
      await changeTrust(target, account, roleArn, policy(target, client.externalId));
      await makeDue(target, client, account);
      const [seen] = await eventually(
        () => target.accountsOf(client),
        ([one]) => one.status !== 'connected',
      );
      const when = hours > 0 && hours < 26 ? 'looked at again within a day' : `AGAIN IN ${hours} HOURS`;
      return `${when}; ${standing(seen).replace(/ \(.*\)/, '')}`;
    },
  }),
);

/** Another instance, which has not looked at the control roles yet, with a table of its own. */
async function onItsOwn(target: Own, act: (other: Own) => Promise<string>): Promise<string> {
  const TABLE_NAME = `${target.world.environment['TABLE_NAME']}-2`;
  const service = await startService(target.world, undefined, { TABLE_NAME });
  try {
    return await act({ ...target, ...deploymentAt(service.url, KEY), service });
  } finally {
    await service.kill();
  }
}

/** Lets the day pass after which an account is looked at again: in the table, since no call can. */
async function makeDue({ world }: Own, client: Json, account: string): Promise<void> {
  const { client: database, tableName: TableName } = databaseAt(
    localUrl(),
    String(world.environment['TABLE_NAME']),
  );
  const Key = { pk: { S: `CLIENT#${client.id}` }, sk: { S: `ACCOUNT#${account}` } };
  const { Item = {} } = await database.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
  const stored = accountItem.fromItem(Item);
  const due = accountItem.toItem({ ...stored, nextVerificationAt: Date.now() - 1_000 }, must(stored.rev));
  await database.send(new PutItemCommand({ TableName, Item: { ...Item, ...due } }));
  database.destroy();
}

export const verification: readonly Attempt[] = [
  ...unsafe,
  ...borderline,
  ...hand,
  ...tooEarly,
  ...errors,
  ...repeated,
];
