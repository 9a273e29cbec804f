import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import t from 'tap';
import { parseDocument } from 'yaml';
import { must } from '../core/things.js';
import { administrator, settled } from '../sandbox/clients.js';
import { api, eventually, invite, startService, startWorld } from '../support/world.js';

const folder = fileURLToPath(new URL('../../templates/terraform/', import.meta.url));
const read = (file: string) => readFileSync(join(folder, file), 'utf8');
const main = read('main.tf');
const variables = read('variables.tf');
const PRINCIPAL = 'arn:aws:iam::999999999999:role/RolecallService';

/** A file of the module as Terraform's templatefile() renders it; the files have nothing but jsonencode() in them. */
function rendered(file: string, values: Readonly<Record<string, string>>) {
  const json = read(file).replace(/\$\{jsonencode\((\w+)\)\}/g, (_, name: string) =>
    JSON.stringify(must(values[name])),
  );
  return JSON.parse(json);
}

function trustPolicy(externalId: string, principal = PRINCIPAL) {
  return rendered('trust-policy.json.tftpl', {
    external_id: externalId,
    trusted_principal_arn: principal,
    trusted_account_arn: `arn:aws:iam::${principal.split(':')[4]}:root`,
  });
}

/** The resources of connect-none.yaml as data. */
function template() {
  const customTags = ['Ref', 'Sub', 'GetAtt', 'If', 'Not', 'Equals'].flatMap((tag) => [
    { tag: `!${tag}`, resolve: (text: string) => ({ [tag]: text }) },
    {
      tag: `!${tag}`,
      collection: 'seq' as const,
      resolve: (list: { toJSON(): unknown }) => ({ [tag]: list.toJSON() }),
    },
  ]);
  const source = readFileSync(join(folder, '../connect-none.yaml'), 'utf8');
  return parseDocument(source, { customTags }).toJS().Resources;
}

/** A statement with its actions as a list, since one and a list of one say the same. */
function listed(statement: { readonly Action: string | readonly string[] }) {
  return { ...statement, Action: [statement.Action].flat() };
}

t.test('the module’s documents say what the template’s say', async (t) => {
  const { ClientRole, SelfInspection } = template();
  const { AssumeRolePolicyDocument: trust, MaxSessionDuration } = ClientRole.Properties;
  const ours = trustPolicy('the-external-id', 'arn:aws:iam::111122223333:role/RolecallService');
  trust.Statement[0].Condition.StringEquals['sts:ExternalId'] = 'the-external-id';
  t.strictSame(ours.Statement.map(listed), trust.Statement.map(listed));
  t.equal(ours.Version, trust.Version);

  const [seeThisRole, seeThisStack] = SelfInspection.Properties.PolicyDocument.Statement;
  t.strictSame(rendered('self-inspection.json.tftpl', { role_arn: 'the-role' }), {
    Version: '2012-10-17',
    Statement: [{ ...seeThisRole, Resource: 'the-role' }],
  });
  t.equal(seeThisStack.Sid, 'SeeThisStack', 'which there is none of');
  t.match(main, `max_session_duration = ${MaxSessionDuration}\n`);
  t.match(main, `name = "${SelfInspection.Properties.PolicyName}"`);
});

t.test('an external ID or an ARN cannot become part of the policy’s syntax', async (t) => {
  const evil = '","Effect":"Allow","x":"';
  t.equal(trustPolicy(evil).Statement[0].Condition.StringEquals['sts:ExternalId'], evil);
  for (const file of ['trust-policy.json.tftpl', 'self-inspection.json.tftpl'])
    t.notMatch(read(file).replace(/\$\{jsonencode\(\w+\)\}/g, ''), /[$%]\{/, file);
});

t.test('the module makes a role and its policies natively, and nothing else', async (t) => {
  const resources = [...main.matchAll(/^resource "(\w+)"/gm)].map(([, type]) => type);
  t.strictSame(resources, ['aws_iam_role', 'aws_iam_role_policy_attachment', 'aws_iam_role_policy']);
  const used = new Set([...main.matchAll(/\bvar\.(\w+)/g)].map(([, name]) => name));
  const declared = [...variables.matchAll(/^variable "(\w+)" \{\n([\s\S]*?)\n\}/gm)];
  t.strictSame([...used].sort(), declared.map(([, name]) => name).sort(), 'each input is used');
  const readme = read('README.md');
  const example = read('examples/basic/main.tf');
  for (const [, name = '', block = ''] of declared) {
    t.match(block, /^ {2}description = ".{20,}"$/m, `${name} is described`);
    t.match(block, /^ {2}validation \{$/m, `${name} is checked`);
    t.match(readme, `| \`${name}\` |`, `${name} is in the README`);
    if (!/^ {2}default/m.test(block))
      t.match(example, new RegExp(`^ +${name} +=`, 'm'), `${name} is in the example`);
  }
  for (const [, name = ''] of read('outputs.tf').matchAll(/^output "(\w+)"/gm))
    t.match(readme, `| \`${name}\` |`);
  const given = [...main.matchAll(/templatefile\("\$\{path.module\}\/(\S+)", \{([^}]*)\}/g)];
  t.equal(given.length, 2);
  for (const [, file = '', values = ''] of given)
    t.strictSame(
      new Set([...read(file).matchAll(/jsonencode\((\w+)\)/g)].map(([, name]) => name)),
      new Set([...values.matchAll(/^ +(\w+) +=/gm)].map(([, name]) => name)),
      `${file} gets what it asks for`,
    );
});

t.test('a role made by these documents is connected, and by no other external ID', async (t) => {
  const world = await startWorld();
  t.teardown(() => world.close());
  const service = await startService(world);
  t.teardown(() => service.kill());
  const connect = async (account: string, idOf: (externalId: string) => string) => {
    const { id, externalId, launch } = await invite(service, { callback: 'none' });
    const RoleName: string = launch.stackName;
    const arn = `arn:aws:iam::${account}:role/${RoleName}`;
    const role = {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName,
        MaxSessionDuration: 3600,
        AssumeRolePolicyDocument: trustPolicy(idOf(externalId)),
        ManagedPolicyArns: ['arn:aws:iam::aws:policy/SecurityAudit'],
        Policies: [
          {
            PolicyName: 'SelfInspection',
            PolicyDocument: rendered('self-inspection.json.tftpl', { role_arn: arn }),
          },
        ],
      },
    };
    const client = new CloudFormationClient({
      endpoint: world.sandbox.url,
      region: 'us-east-1',
      credentials: administrator(account),
    });
    await client.send(
      new CreateStackCommand({
        StackName: 'terraform',
        TemplateBody: JSON.stringify({ Resources: { Role: role } }),
        Capabilities: ['CAPABILITY_NAMED_IAM'],
      }),
    );
    t.equal((await settled(client, 'terraform')).StackStatus, 'CREATE_COMPLETE');
    const registered = await api(service, 'POST', `/v1/clients/${id}/accounts`, { roleArn: arn });
    t.equal(registered.status, 202);
    const path = `/v1/clients/${id}/accounts/${account}`;
    return { path, read: () => api(service, 'GET', path) };
  };
  const good = await connect('210000000001', (externalId) => externalId);
  const { body } = await eventually(good.read, (answer) => answer.body.status !== 'verifying');
  t.match(body, {
    status: 'connected',
    verdict: { assumable: true, requiresExternalId: true, rejectsWrongExternalId: true, failure: null },
  });
  const bad = await connect('210000000002', (externalId) => `${externalId}0`);
  const verdict = await api(service, 'POST', `${bad.path}/verifications`);
  t.equal(verdict.body.assumable, false);
  t.not((await bad.read()).body.status, 'connected');
});

const isAbsent = spawnSync('terraform', ['version']).error !== undefined;
const skip = isAbsent && 'terraform is not on this machine';

t.test('Terraform itself finds the module well formatted, and refuses bad values', { skip }, async (t) => {
  const env = { PATH: process.env['PATH'], HOME: t.testdir({}), CHECKPOINT_DISABLE: '1' };
  const terraform = (cwd: string, ...args: string[]) =>
    spawnSync('terraform', args, { cwd, env, encoding: 'utf8' });
  const format = terraform(folder, 'fmt', '-check', '-recursive', '-diff');
  t.equal(format.status, 0, format.stdout + format.stderr);

  // Without resources it needs no provider, and so no registry.
  const alone = t.testdir({});
  for (const file of await readdir(folder))
    if (/^variables\.tf$|\.tftpl$/.test(file)) await cp(join(folder, file), join(alone, file));
  await writeFile(
    join(alone, 'outputs.tf'),
    `${must(/locals \{[\s\S]*?\n\}/.exec(main))[0]}
output "trust" {
  value = templatefile("trust-policy.json.tftpl", {
    trusted_account_arn   = local.trusted_account_arn
    trusted_principal_arn = var.trusted_principal_arn
    external_id           = var.external_id
  })
}
`,
  );
  const good = {
    external_id: 'w+=,.@:/-',
    trusted_principal_arn: PRINCIPAL,
    managed_policy_arns: ['arn:aws:iam::aws:policy/job-function/ViewOnlyAccess'],
    role_name: 'rolecall-example-000101',
    role_path: '/audit/',
    permissions_boundary_arn: 'arn:aws-cn:iam::111122223333:policy/boundary',
    tags: { Owner: 'security' },
  };
  const apply = async (values: Readonly<Record<string, unknown>>) => {
    await writeFile(join(alone, 'terraform.tfvars.json'), JSON.stringify(values));
    return terraform(alone, 'apply', '-auto-approve', '-input=false', '-no-color');
  };
  const well = await apply(good);
  t.equal(well.status, 0, well.stderr);
  const { trust } = JSON.parse(await readFile(join(alone, 'terraform.tfstate'), 'utf8')).outputs;
  t.strictSame(
    JSON.parse(trust.value),
    trustPolicy(good.external_id),
    'it renders what the tests above read',
  );
  t.equal((await apply({ ...good, role_path: '/', permissions_boundary_arn: null, tags: {} })).status, 0);
  t.equal((await apply({ ...good, external_id: 'x'.repeat(1224) })).status, 0, 'the longest external ID');

  const bad: readonly (readonly [keyof typeof good, unknown])[] = [
    ['external_id', 'x'],
    ['external_id', 'x'.repeat(1225)],
    ['external_id', 'a"b'],
    ['external_id', 'two\nlines'],
    ['trusted_principal_arn', 'arn:aws:iam::999999999999:root'],
    ['trusted_principal_arn', 'arn:aws:iam::999999999999:role/*'],
    ['trusted_principal_arn', 'arn:aws:sts::999999999999:assumed-role/RolecallService/x'],
    ['managed_policy_arns', []],
    ['managed_policy_arns', ['SecurityAudit']],
    ['role_name', ''],
    ['role_name', 'x'.repeat(65)],
    ['role_path', 'audit/'],
    ['permissions_boundary_arn', 'boundary'],
    ['tags', { 'aws:Owner': 'x' }],
  ];
  for (const [name, value] of bad) {
    const refused = await apply({ ...good, [name]: value });
    t.equal(refused.status, 1, `${name}: ${JSON.stringify(value).slice(0, 60)}`);
    t.match(refused.stderr, 'Invalid value for variable', name);
  }
});
