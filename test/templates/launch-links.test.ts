import t from 'tap';
import { parse } from 'yaml';
import type { Callback, Launch } from '../../src/core/launch.js';
import { stackNameFor } from '../../src/core/launch.js';
import { partitionById } from '../../src/core/partition.js';
import { parseRoleArn } from '../../src/core/role-arn.js';
import { callbackToken } from '../../src/core/token.js';
import { launchBody } from '../../src/http/representations/launch.js';
import { launchLinks } from '../../src/onboarding/launch-links.js';
import { readCatalogue, templatePath } from '../../src/templates/catalogue.js';
import { aClient, aLaunch, must, now, ourToken } from '../core/things.js';

const principal = must(parseRoleArn('arn:aws:iam::999999999999:role/service/RolecallService'));
const catalogue = await readCatalogue(principal);
const callbacks: readonly Callback[] = ['sns', 'lambda', 'none'];

const settings = {
  publicUrl: 'https://rolecall.example',
  partition: must(partitionById('aws')),
  simulatorOrigin: null,
};

function linksFor(callback: Callback, stackName = 'rolecall-acme-000101', publicUrl = settings.publicUrl) {
  const launch = aLaunch({ callback, stackName });
  const path = templatePath(catalogue.template('security-audit', callback));
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
    for (const callback of callbacks) {
      const { links, templateUrl } = linksFor(callback);
      const parameters = parametersOf(links.quickCreateUrl);
      t.strictSame(parameters, expected[callback], callback);
      t.equal(links.callbackUrl, parameters['CallbackUrl'] ?? null);

      const { body } = catalogue.template('security-audit', callback);
      const declared: Record<string, { Default?: string; AllowedPattern: string }> = parse(body, {
        logLevel: 'silent',
      }).Parameters;
      for (const [name, value] of Object.entries(parameters))
        t.match(value, new RegExp(must(declared[name]).AllowedPattern), `${callback}: ${name} is taken`);
      const missing = Object.entries(declared).filter(
        ([name, { Default }]) => Default === undefined && !(name in parameters),
      );
      t.strictSame(missing, [], `${callback}: nothing is left to fill in`);

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
  for (const callback of callbacks) {
    const { links } = linksFor(callback, stackName, `https://${'a'.repeat(60)}.example/${'p'.repeat(100)}`);
    t.ok(links.quickCreateUrl.length < 2_000, `${callback}: ${links.quickCreateUrl.length} characters`);
  }
  const long = `https://rolecall.example/${'p'.repeat(2_000)}`;
  for (const callback of ['sns', 'lambda'] as const)
    t.throws(
      () => linksFor(callback, stackName, long),
      { code: 'link-too-long', message: /^PUBLIC_URL is too long by \d+ characters/ },
      callback,
    );
  t.doesNotThrow(() => linksFor('none', stackName, long), 'no address of ours is in it');
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
