import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pino } from 'pino';
import t from 'tap';
import { parse } from 'yaml';
import { readConfig } from '../../src/config.js';
import type { Account } from '../../src/core/account.js';
import type { Callback, Launch, LaunchKind } from '../../src/core/launch.js';
import { stackNameFor } from '../../src/core/launch.js';
import { partitionById } from '../../src/core/partition.js';
import { remembersNothing } from '../../src/core/remembered-answer.js';
import { parseRoleArn } from '../../src/core/role-arn.js';
import { callbackToken } from '../../src/core/token.js';
import { launchBody } from '../../src/http/representations/launch.js';
import { stackOfAccount } from '../../src/keeping/stack-of-account.js';
import { updateCommand } from '../../src/keeping/update-command.js';
import { launchLinks } from '../../src/onboarding/launch-links.js';
import { checkKind } from '../../src/onboarding/make-launch.js';
import { makeService } from '../../src/service.js';
import { openDatabase } from '../../src/store/dynamodb.js';
import { readCatalogue, templatePath } from '../../src/templates/catalogue.js';
import {
  aClient,
  aLaunch,
  anAccount,
  humanRoleArn,
  must,
  now,
  otherAccountId,
  ourToken,
} from '../core/things.js';

const principal = must(parseRoleArn('arn:aws:iam::999999999999:role/service/RolecallService'));
const catalogue = await readCatalogue(principal);
const stacks: readonly (readonly [LaunchKind, Callback])[] = [
  ['account', 'sns'],
  ['account', 'lambda'],
  ['account', 'none'],
  ['organization', 'sns'],
  ['organization', 'lambda'],
];

const settings = {
  publicUrl: 'https://rolecall.example',
  partition: must(partitionById('aws')),
  simulatorOrigin: null,
  namesRoles: false,
};

interface Named {
  readonly stackName?: string;
  readonly publicUrl?: string;
  readonly profile?: string;
}

function linksFor(callback: Callback, kind: LaunchKind = 'account', named: Named = {}) {
  const { stackName = 'rolecall-acme-000101', publicUrl = settings.publicUrl, profile } = named;
  const launch = aLaunch({ callback, stackName, ...(kind === 'organization' && { organization: true }) });
  const template = catalogue.template('security-audit', callback, kind);
  const path = templatePath(profile === undefined ? template : { ...template, profile });
  const templateUrl = `https://templates.s3.us-east-1.amazonaws.com/rolecall/${path}`;
  const links = launchLinks({ ...settings, publicUrl }, aClient(), launch, ourToken.page, templateUrl);
  return { launch, links, templateUrl };
}

function parametersOf(quickCreateUrl: string): Record<string, string> {
  const query = new URLSearchParams(
    quickCreateUrl.slice(quickCreateUrl.indexOf('?', quickCreateUrl.indexOf('#'))),
  );
  const given = [...query].filter(([name]) => name.startsWith('param_'));
  return Object.fromEntries(given.map(([name, value]) => [name.slice('param_'.length), value]));
}

t.test(
  'a link fills in what its template asks for, and nothing that the template would not take',
  async (t) => {
    const { externalId } = aClient();
    const token = callbackToken(ourToken.page);
    const expected = {
      sns: { ExternalId: externalId, CallbackUrl: `https://rolecall.example/callbacks/sns/${token}` },
      lambda: { ExternalId: externalId, CallbackUrl: `https://rolecall.example/callbacks/lambda/${token}` },
      none: { ExternalId: externalId, RoleName: 'rolecall-acme-000101' },
    };
    for (const [kind, callback] of stacks) {
      const name = `${kind} by ${callback}`;
      const { links, templateUrl } = linksFor(callback, kind);
      const parameters = parametersOf(links.quickCreateUrl);
      t.strictSame(parameters, expected[callback], name);
      t.equal(links.callbackUrl, parameters['CallbackUrl'] ?? null);

      const { body } = catalogue.template('security-audit', callback, kind);
      const declared: Record<string, { Default?: string; AllowedPattern: string }> = parse(body, {
        logLevel: 'silent',
      }).Parameters;
      for (const [name, value] of Object.entries(parameters))
        t.match(value, new RegExp(must(declared[name]).AllowedPattern), `${callback}: ${name} is taken`);
      const missing = Object.entries(declared).filter(
        ([name, { Default }]) => Default === undefined && !(name in parameters),
      );
      const left = missing.map(([name]) => name);
      t.strictSame(
        left,
        kind === 'account' ? [] : ['OrganizationalUnitIds'],
        `${name}: what is left to fill in`,
      );

      const { awsCli, terraform } = links.commands;
      const capability = callback === 'none' ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM';
      t.match(awsCli, ` --capabilities ${capability} `);
      t.match(terraform, `capabilities = ["${capability}"]`);
      for (const [name, value] of Object.entries(parameters)) {
        t.match(awsCli, JSON.stringify({ ParameterKey: name, ParameterValue: value }));
        t.match(terraform, `    ${name} = ${JSON.stringify(value)}`);
      }
      for (const text of Object.values(links.commands)) t.match(text, templateUrl);
    }
  },
);

t.test('a link stays below 2,000 characters with the longest names there are', async (t) => {
  const stackName = stackNameFor('W'.repeat(200), aLaunch().id);
  t.ok(stackName.length <= 56, 'and a stack’s name can be a role’s');
  const publicUrl = `https://${'a'.repeat(60)}.example/${'p'.repeat(100)}`;
  for (const [kind, callback] of stacks) {
    const { links } = linksFor(callback, kind, { stackName, publicUrl, profile: 'p'.repeat(40) });
    const { length } = links.quickCreateUrl;
    t.ok(length < 2_000, `${kind} by ${callback}: ${length} characters`);
  }
  const long = `https://rolecall.example/${'p'.repeat(2_000)}`;
  for (const [kind, callback] of stacks.filter(([, callback]) => callback !== 'none'))
    t.throws(
      () => linksFor(callback, kind, { stackName, publicUrl: long }),
      { code: 'link-too-long', message: /^PUBLIC_URL is too long by \d+ characters/ },
      `${kind} by ${callback}`,
    );
  const none = () => linksFor('none', 'account', { stackName, publicUrl: long });
  t.doesNotThrow(none, 'no address of ours is in it');
});

t.test(
  'the commands for an organization show where its units go, and are refused as they stand',
  async (t) => {
    const mark = 'ou-REPLACE-THIS';
    for (const callback of ['sns', 'lambda'] as const) {
      const { awsCli, terraform } = linksFor(callback, 'organization').links.commands;
      t.equal(terraform.match(/^ {4}OrganizationalUnitIds = "(.*)"$/m)?.[1], mark);
      for (const units of [mark, 'ou-ab12-cd34ef56,r-ab12']) {
        // A shell that only says what it would call.
        const script = `aws() { printf '%s\\n' "$@"; }; ${awsCli.replace(mark, units)}`;
        const words = (await promisify(execFile)('sh', ['-c', script])).stdout.split('\n');
        const parameters = JSON.parse(must(words[words.indexOf('--parameters') + 1]));
        const last = { ParameterKey: 'OrganizationalUnitIds', ParameterValue: units };
        t.strictSame(parameters.at(-1), last, 'quoted so that a shell leaves it alone');
        t.equal(parameters.length, 3);
        t.ok(words.includes('--template-url'), 'since a template in a call may have 51,200 bytes only');
      }
      const { body } = catalogue.template('security-audit', callback, 'organization');
      const { OrganizationalUnitIds } = parse(body, { logLevel: 'silent' }).Parameters;
      t.notMatch(mark, new RegExp(OrganizationalUnitIds.AllowedPattern));
      const account = linksFor(callback).links.commands;
      t.notMatch(account.awsCli + account.terraform, /OrganizationalUnitIds/);
    }
  },
);

t.test(
  'an organization’s stacks are updated by the management account’s, which keeps its units',
  async (t) => {
    const organization = { managementAccountId: anAccount().accountId, left: false };
    const managing = anAccount({ launchId: aLaunch().id, organization });
    const member = anAccount({ launchId: aLaunch().id, accountId: otherAccountId, organization });
    const accounts = [managing.accountId, member.accountId];
    const client = aClient({}, { organization: true, callback: 'lambda', accounts });
    const command = (account: Account) =>
      updateCommand(account, stackOfAccount(client, account), { templateUrl: 'https://t.example' }, null);
    t.match(command(managing), ' ParameterKey=CallbackUrl,UsePreviousValue=true ');
    t.match(command(managing), / ParameterKey=OrganizationalUnitIds,UsePreviousValue=true$/);
    t.equal(command(member), null);
    t.equal(stackOfAccount(client, managing).kind, 'organization');
    t.equal(stackOfAccount(client, member).kind, 'account', 'a member’s stack is as an account’s');
    const long = { ...client, launches: [] };
    t.equal(
      stackOfAccount(long, managing).kind,
      'organization',
      'also when its link has made room for later ones',
    );
    t.ok(stackOfAccount(long, member).rolledOut);
    const alone = anAccount({ launchId: null });
    t.strictSame(stackOfAccount(client, alone), { callback: 'sns', kind: 'account', rolledOut: false });
    t.notMatch(command(alone), 'OrganizationalUnitIds');
    t.notMatch(command(alone), 'HumanRoleName');
    const entered = anAccount({ launchId: null, humanRoleArn });
    t.match(
      command(entered),
      / ParameterKey=HumanRoleName,UsePreviousValue=true$/,
      'its people’s role keeps its name',
    );
  },
);

t.test('an organization is asked for only where AWS rolls stacks out to one', async (t) => {
  const kinds = (id: string) => () => checkKind('organization', must(partitionById(id)));
  for (const id of ['aws', 'aws-us-gov', 'aws-eusc']) t.doesNotThrow(kinds(id), id);
  t.throws(kinds('aws-cn'), {
    code: 'request-invalid',
    errors: [{ field: 'kind', message: /has to be account in aws-cn: .* Give each account a link/ }],
  });
  t.doesNotThrow(() => checkKind('account', must(partitionById('aws-cn'))));

  const config = readConfig({
    TRUSTED_PRINCIPAL_ARN: 'arn:aws-cn:iam::999999999999:role/RolecallService',
    TEMPLATE_BASE_URL: 'https://templates.s3.cn-north-1.amazonaws.com.cn/v1',
  });
  const log = pino({ level: 'silent' });
  const service = makeService(
    config,
    await readCatalogue(config.trustedPrincipal),
    openDatabase('none'),
    log,
  );
  const { id, name, reference, profile, callback, allowSharedAccounts, metadata } = aClient();
  const asked = {
    kind: 'organization',
    region: 'cn-north-1',
    expectedAccountIds: [],
    maxAccounts: 1,
  } as const;
  const invitation = { ...{ name, reference, profile, callback, allowSharedAccounts, metadata }, ...asked };
  const refused = { code: 'request-invalid', errors: [{ field: 'kind' }] };
  const actor = { type: 'service' } as const;
  const first = service.inviteClient(invitation, actor, remembersNothing);
  await t.rejects(first, refused, 'with its first link');
  const later = service.makeLaunch(id, asked, actor, remembersNothing);
  await t.rejects(later, refused, 'and with every later one');
});

t.test(
  'a launch that is not called back shows null, and no address at all once it has been shown',
  async (t) => {
    const { launch, links, templateUrl } = linksFor('none');
    t.match(launchBody({ launch, templateUrl, links }, now), { callback: 'none', callbackUrl: null });
    t.notOk('callbackUrl' in launchBody({ launch, templateUrl, links: null }, now));
  },
);

t.test('a link that is too long names the value to shorten, and by how much', async (t) => {
  const base = 'https://templates.s3.us-east-1.amazonaws.com';
  const refusalOf = (prefix: number, publicUrl: string, region: Partial<Launch> = {}) => {
    const launch = aLaunch(region);
    const url = `${base}/${'p'.repeat(prefix)}/1/security-audit-sns.yaml`;
    try {
      return launchLinks({ ...settings, publicUrl }, aClient(), launch, ourToken.page, url).quickCreateUrl;
    } catch (error) {
      return error instanceof Error ? error : String(error);
    }
  };
  const fits = (prefix: number, region: Partial<Launch> = {}) =>
    typeof refusalOf(prefix, settings.publicUrl, region) === 'string';
  let longest = 0;
  while (fits(longest + 1)) longest += 1;
  t.equal(must(refusalOf(longest, settings.publicUrl)).toString().length, 2_000, 'to the last character');
  t.match(refusalOf(longest + 7, settings.publicUrl), {
    code: 'link-too-long',
    message:
      'TEMPLATE_BASE_URL is too long by 7 characters: the launch link would have 2007, and 2000 are the most.',
  });
  t.notOk(fits(longest, { regionOpen: true }), 'a client may choose a region with a longer name');
  t.ok(fits(longest - 2 * ('ap-southeast-1'.length - 'us-east-1'.length), { regionOpen: true }));
});
