import { makeForger } from '../support/forger.js';
import type { Json } from '../support/world.js';
import type { Attempt } from './attempts.js';
import { connected, entering, freshAccount, makeRole, policyOf, stackOutcome } from './aws.js';
import { refusal, settledAccount, standing } from './deployment.js';

const named = 'ARN that is none of a role';
const A = 'arn:aws:iam::111122223333';
const arns: readonly (readonly [string, string])[] = [
  ['a user', `${A}:user/X`],
  ['an assumed-role session', 'arn:aws:sts::111122223333:assumed-role/X/session'],
  ['a federated user', 'arn:aws:sts::111122223333:federated-user/X'],
  ['a group', `${A}:group/X`],
  ['the root', `${A}:root`],
  ['a policy', `${A}:policy/X`],
  ['a wildcard for the name', `${A}:role/*`],
  ['a wildcard in the name', `${A}:role/Ro?e`],
  ['a wildcard for the account', 'arn:aws:iam::*:role/X'],
  ['no account', 'arn:aws:iam:::role/X'],
  ['eleven digits', 'arn:aws:iam::11112222333:role/X'],
  ['digits of another script', 'arn:aws:iam::١١١١٢٢٢٢٣٣٣٣:role/X'],
  ['a region', 'arn:aws:iam:us-east-1:111122223333:role/X'],
  ['no such partition', 'arn:aws-mars:iam::111122223333:role/X'],
  ['a line feed at the end', `${A}:role/X\n`],
  ['a NUL in the name', `${A}:role/X\u0000Y`],
  ['a blank before it', ` ${A}:role/X`],
  ['a character that turns the text around', `${A}:role/X\u202eY`],
  ['.. in the path', `${A}:role/a/../X`],
  ['.. as the name', `${A}:role/..`],
  ['an empty path segment', `${A}:role//X`],
  ['no name', `${A}:role/`],
  ['a name of 65 characters', `${A}:role/${'x'.repeat(65)}`],
  ['a path of 513 characters', `${A}:role/${'x'.repeat(511)}/X`],
  ['3,000 characters', `${A}:role/${'x/'.repeat(1_500)}X`],
  ['nothing', ''],
];

const byHand = arns.map(
  ([attempt, roleArn]): Attempt => ({
    ...{ cls: named, attempt: `${attempt}, by POST accounts`, expected: '400 request-invalid, no account' },
    needs: 'api',
    run: async (target) => {
      const client = await target.invite();
      const answer = await target.call('POST', `/v1/clients/${client.id}/accounts`, { roleArn });
      return `${refusal(answer)}, ${standing((await target.accountsOf(client))[0])}`;
    },
  }),
);

const bySns: Attempt = {
  ...{
    cls: named,
    attempt: `all ${arns.length} of them, by a stack’s event`,
    expected: 'each FAILED, no account',
  },
  needs: 'sandbox',
  run: async (target) => {
    const client = await target.invite();
    const forger = await makeForger(target.world, '111122223333', client.launch.callbackUrl);
    const seen = new Set<string>();
    for (const [, RoleArn] of arns) {
      const [{ status }] = await forger.answered(await forger.publish({ ResourceProperties: { RoleArn } }));
      seen.add(status);
    }
    return `each ${[...seen].join(' or ')}, ${standing((await target.accountsOf(client))[0])}`;
  },
};

const elsewhere = 'Account that cannot be a client’s';
const others: readonly Attempt[] = [
  {
    ...{ cls: elsewhere, attempt: 'the provider’s own, by POST accounts' },
    expected: '422 account-refused (account-of-provider)',
    needs: 'sandbox',
    run: async (target) => {
      const { id } = await target.invite();
      const roleArn = `${target.principalArn}Other`;
      return refusal(await target.call('POST', `/v1/clients/${id}/accounts`, { roleArn }));
    },
  },
  {
    ...{ cls: elsewhere, attempt: 'the provider’s own, by a stack' },
    expected: 'ROLLBACK_COMPLETE, no account (account-of-provider)',
    needs: 'sandbox',
    run: async (target) =>
      stackOutcome(target, await target.invite(), { account: target.principalArn.split(':')[4] ?? '' }),
  },
  ...['aws-cn', 'aws-us-gov', 'aws-eusc'].map(
    (partition): Attempt => ({
      ...{ cls: elsewhere, attempt: `in the partition ${partition}, by POST accounts` },
      expected: '422 account-refused (partition-not-served), no account',
      needs: 'api',
      run: async (target) => {
        const client = await target.invite();
        const roleArn = `arn:${partition}:iam::111122223333:role/X`;
        const answer = await target.call('POST', `/v1/clients/${client.id}/accounts`, { roleArn });
        return `${refusal(answer)}, ${standing((await target.accountsOf(client))[0])}`;
      },
    }),
  ),
  {
    ...{ cls: elsewhere, attempt: 'in the partition aws-cn, by a stack’s event' },
    expected: 'FAILED, no account',
    needs: 'sandbox',
    run: async (target) => {
      const client = await target.invite();
      const account = freshAccount();
      const forger = await makeForger(target.world, account, client.launch.callbackUrl);
      const RoleArn = `arn:aws-cn:iam::${account}:role/X`;
      const [{ status }] = await forger.answered(await forger.publish({ ResourceProperties: { RoleArn } }));
      return `${status}, ${standing((await target.accountsOf(client))[0])}`;
    },
  },
  {
    ...{
      cls: elsewhere,
      attempt: 'a link for a region of another partition',
      expected: '422 region-not-served',
    },
    needs: 'api',
    run: async (target) => {
      const { id } = await target.invite();
      return refusal(await target.call('POST', `/v1/clients/${id}/launches`, { region: 'cn-north-1' }));
    },
  },
];

const confused = 'Client B submits client A’s role';
const mismatch = 'Accounts of topic, stack and role differ';
const submitted: readonly Attempt[] = [
  {
    ...{ cls: confused, attempt: 'A is connected; by POST accounts' },
    expected: '422 account-refused (account-connected-elsewhere), no account; A connected',
    needs: 'sandbox',
    run: async (target) => {
      const { client, roleArn } = await connected(target);
      const other = await target.invite();
      const answer = await target.call('POST', `/v1/clients/${other.id}/accounts`, { roleArn });
      const [a, b] = [(await target.accountsOf(client))[0], (await target.accountsOf(other))[0]];
      return `${refusal(answer)}, ${standing(b)}; A ${standing(a)}`;
    },
  },
  {
    ...{ cls: confused, attempt: 'A is connected, both allow shared accounts; by POST accounts' },
    expected: 'rejected role-not-assumable; A connected',
    needs: 'sandbox',
    slow: true,
    run: async (target) => {
      const { client, roleArn } = await connected(target, { allowSharedAccounts: true });
      const other = await target.invite({ allowSharedAccounts: true });
      await target.call('POST', `/v1/clients/${other.id}/accounts`, { roleArn });
      const seen = standing(await settledAccount(target, other));
      return `${seen}; A ${standing((await target.accountsOf(client))[0])}`;
    },
  },
  {
    ...{ cls: confused, attempt: 'A’s role is there, and A connects meanwhile; by POST accounts' },
    expected: 'rejected account-connected-elsewhere; A connected',
    needs: 'sandbox',
    slow: true,
    run: async (target) => {
      const [client, other] = [await target.invite(), await target.invite()];
      const roleArn = await makeRole(target, freshAccount(), policyOf(entering(target, client.externalId)));
      await target.call('POST', `/v1/clients/${other.id}/accounts`, { roleArn });
      await target.call('POST', `/v1/clients/${client.id}/accounts`, { roleArn });
      const a = standing(await settledAccount(target, client));
      return `${standing(await settledAccount(target, other))}; A ${a}`;
    },
  },
  {
    ...{ cls: confused, attempt: 'by a Create from B’s own account and link' },
    expected: 'FAILED, no account; A connected',
    needs: 'sandbox',
    run: async (target) => {
      const { client, roleArn } = await connected(target);
      const other = await target.invite();
      const forger = await makeForger(target.world, freshAccount(), other.launch.callbackUrl);
      const request = await forger.publish({
        ResourceProperties: { RoleArn: roleArn, ExternalId: client.externalId },
      });
      const [{ status }] = await forger.answered(request);
      const [a, b] = [(await target.accountsOf(client))[0], (await target.accountsOf(other))[0]];
      return `${status}, ${standing(b)}; A ${standing(a)}`;
    },
  },
  {
    ...{ cls: confused, attempt: 'B asks for A’s account on its own launch page' },
    expected: '422 account-refused (account-connected-elsewhere); A connected',
    needs: 'sandbox',
    run: async (target) => {
      const { client, account } = await connected(target);
      const { launch } = await target.invite({ callback: 'none' });
      const answer = await target.call('POST', `${launch.pageUrl}/account`, { accountId: account });
      return `${refusal(answer)}; A ${standing((await target.accountsOf(client))[0])}`;
    },
  },
  ...(
    [
      ['the role is another account’s', (own, other) => [own, other]],
      ['the stack is another account’s', (own, other) => [other, own]],
      ['stack and role are another account’s', (_, other) => [other, other]],
    ] satisfies [string, (own: string, other: string) => [string, string]][]
  ).map(
    ([attempt, accounts]): Attempt => ({
      ...{ cls: mismatch, attempt, expected: 'FAILED, no account' },
      needs: 'sandbox',
      run: async (target) => {
        const client = await target.invite();
        const [own, other] = [freshAccount(), freshAccount()];
        const [stackIn, roleIn] = accounts(own, other);
        const RoleArn = await makeRole(target, roleIn, policyOf(entering(target, client.externalId)));
        const forger = await makeForger(target.world, own, client.launch.callbackUrl);
        const StackId = `arn:aws:cloudformation:us-east-1:${stackIn}:stack/x/${crypto.randomUUID()}`;
        const request = await forger.publish({ StackId, ResourceProperties: { RoleArn } });
        const [{ status }] = await forger.answered(request);
        return `${status}, ${standing((await target.accountsOf(client))[0])}`;
      },
    }),
  ),
];

const claimed = 'External ID taken from the callback';
const forgedId = '99999999-2222-4333-8444-555555555555';
const taken: readonly Attempt[] = [
  {
    ...{ cls: claimed, attempt: 'an event names another ID, and its role trusts that one' },
    expected: 'FAILED, rejected external-id-edited',
    needs: 'sandbox',
    slow: true,
    run: async (target) => {
      const client = await target.invite();
      const account = freshAccount();
      const RoleArn = await makeRole(target, account, policyOf(entering(target, forgedId)));
      const forger = await makeForger(target.world, account, client.launch.callbackUrl);
      const ResourceProperties = { RoleArn, ExternalId: forgedId };
      const [{ status }] = await forger.answered(await forger.publish({ ResourceProperties }));
      return `${status}, ${standing((await target.accountsOf(client))[0])}`;
    },
  },
  {
    ...{ cls: claimed, attempt: 'an event names another ID, and its role trusts the stored one' },
    expected: 'SUCCESS, connected',
    needs: 'own',
    run: async (target) => {
      const client = await target.invite();
      const account = freshAccount();
      const RoleArn = await makeRole(target, account, policyOf(entering(target, client.externalId)));
      const forger = await makeForger(target.world, account, client.launch.callbackUrl);
      const ResourceProperties = { RoleArn, ExternalId: forgedId };
      const [{ status }] = await forger.answered(await forger.publish({ ResourceProperties }));
      const account_: Json = (await target.accountsOf(client))[0];
      return `${status}, ${standing(account_)}`;
    },
  },
];

export const binding: readonly Attempt[] = [...byHand, bySns, ...others, ...submitted, ...taken];
