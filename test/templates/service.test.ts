import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import Fastify from 'fastify';
import { pino } from 'pino';
import t from 'tap';
import { parseDocument } from 'yaml';
import { readConfig } from '../../src/config.js';
import type { Account } from '../../src/core/account.js';
import { parseRoleArn } from '../../src/core/role-arn.js';
import { tellOverdue } from '../../src/logs/tell-overdue.js';
import { aboutAccount, makeTellWork } from '../../src/logs/tell-work.js';
import { evaluate, evaluateCondition } from '../../src/sandbox/cloudformation/intrinsics.js';
import { readTemplate } from '../../src/sandbox/cloudformation/read-template.js';
import { policyContext } from '../../src/sandbox/policy/context.js';
import { parsePolicy } from '../../src/sandbox/policy/document.js';
import { type Decision, evaluate as decide } from '../../src/sandbox/policy/evaluate.js';
import { asList, isObject, type Json, type JsonObject } from '../../src/sandbox/wire/json.js';
import { tableDefinition } from '../../src/store/table.js';
import { readCatalogue, templatePath } from '../../src/templates/catalogue.js';
import { makeManifest } from '../../src/templates/manifest.js';
import { anAccount, aStack, must, now } from '../core/things.js';

const { RegoEngine, TemplateFile } = createRequire(import.meta.url)(
  '@aws/cloudformation-validate',
) as typeof import('@aws/cloudformation-validate');

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');
const body = await read('templates/service.yaml');
const template = readTemplate(body);

function at(value: Json | undefined, ...path: (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (inside, name) =>
      isObject(inside) ? inside[name] : typeof name === 'number' ? asList(inside)[name] : undefined,
    value,
  );
}

function object(value: Json | undefined): JsonObject {
  if (!isObject(value)) throw new Error(`${JSON.stringify(value)} is no object`);
  return value;
}

const parameters = object(at(template, 'Parameters'));
const ACCOUNT = '999999999999';
const BUCKET = 'rolecall-templatebucket-1a2b3c';
const places = {
  aws: ['us-east-1', 'amazonaws.com'],
  'aws-cn': ['cn-north-1', 'amazonaws.com.cn'],
  'aws-us-gov': ['us-gov-west-1', 'amazonaws.com'],
} as const;
type PartitionId = keyof typeof places;
const partitionIds = Object.keys(places) as PartitionId[];

const required = {
  Image: '999999999999.dkr.ecr.us-east-1.amazonaws.com/rolecall:1',
  DomainName: 'access.example.com',
  HostedZoneId: 'Z0123456789EXAMPLE',
  VpcId: 'vpc-0123456789abcdef0',
  SubnetIds: 'subnet-0123456789abcdef0,subnet-0fedcba9876543210',
};

/** The resources as CloudFormation would make them: each intrinsic function evaluated. */
function deploy(more: Readonly<Record<string, string>> = {}, partition: PartitionId = 'aws'): JsonObject {
  const [region, suffix] = places[partition];
  const given: Record<string, string> = { ...required, ...more };
  const pseudo: Record<string, string> = {
    'AWS::AccountId': ACCOUNT,
    'AWS::Partition': partition,
    'AWS::Region': region,
    'AWS::URLSuffix': suffix,
    'AWS::StackName': 'rolecall',
    'AWS::StackId': `arn:${partition}:cloudformation:${region}:${ACCOUNT}:stack/rolecall/1a2b`,
  };
  const names: Record<string, string> = { Table: 'rolecall-Table-1A2B', TemplateBucket: BUCKET };
  const parameter = (name: string): Json => {
    const { Type, Default } = object(parameters[name]);
    const value = given[name] ?? Default;
    if (value === undefined) throw new Error(`the parameter ${name} has no value`);
    return /List/.test(String(Type)) ? String(value).split(',') : String(value);
  };
  const scope = {
    mappings: object(at(template, 'Mappings')),
    ref: (name: string) =>
      name === 'AWS::NoValue'
        ? undefined
        : (pseudo[name] ?? (name in parameters ? parameter(name) : (names[name] ?? name))),
    getAtt: (id: string, attribute: string): Json => {
      const type = at(template, 'Resources', id, 'Type');
      if (attribute === 'Arn' && type === 'AWS::S3::Bucket') return `arn:${partition}:s3:::${BUCKET}`;
      if (attribute === 'Arn' && type === 'AWS::IAM::Role')
        return `arn:${partition}:iam::${ACCOUNT}:role/${id === 'ServiceRole' ? parameter('ServiceRoleName') : id}`;
      return `${id}.${attribute}`;
    },
    condition: (name: string): boolean => evaluateCondition(must(at(template, 'Conditions', name)), scope),
  };
  return object(evaluate(must(at(template, 'Resources')), scope));
}

const container = (resources: JsonObject, task: 'ServiceTask' | 'PublisherTask') =>
  object(at(resources, task, 'Properties', 'ContainerDefinitions', 0));

function environmentOf(resources: JsonObject, task: 'ServiceTask' | 'PublisherTask') {
  const entries = asList(container(resources, task)['Environment']).map((one) => {
    const { Name, Value } = object(one);
    return [String(Name), String(Value)] as const;
  });
  return Object.fromEntries(entries);
}

function policyOf(resources: JsonObject, role: string): JsonObject {
  return object(at(resources, role, 'Properties', 'Policies', 0, 'PolicyDocument'));
}

const statementsOf = (policy: Json | undefined) => asList(at(policy, 'Statement')).map(object);

t.test('AWS’s own validator finds nothing', async (t) => {
  const engine = new RegoEngine();
  t.teardown(() => engine.free());
  const folder = t.testdir({});
  const findings = async (text: string) => {
    const path = join(folder, 'service.yaml');
    await writeFile(path, text);
    const report = engine.validateStandard(new TemplateFile(path));
    const grave = report.diagnostics.filter(({ severity }) => /^(fatal|error|warn)/i.test(severity));
    return grave.map(({ message }) => message);
  };
  // A default of nothing is left out by a condition, which the validator does not follow.
  const document = parseDocument(body, { logLevel: 'error' });
  document.setIn(['Parameters', 'TaskSubnetIds', 'Default'], 'subnet-0123456789abcdef0');
  const text = document.toString({ lineWidth: 0 });
  // It holds each size's processor against each other size's memory, so that the sizes are looked at by themselves.
  const isOfSizes = (message: string) => /^Cpu '\d+' is not compatible with Memory '\d+'/.test(message);
  t.strictSame(
    (await findings(text)).filter((message) => !isOfSizes(message)),
    [],
  );

  const tasks = (sizes: Json) => {
    const Resources = Object.fromEntries(
      Object.entries(object(sizes)).map(([id, size]) => {
        const { Cpu = '', Memory = '' } = object(size);
        const { Family: _, ...others } = object(at(deploy(), 'PublisherTask', 'Properties'));
        return [id, { Type: 'AWS::ECS::TaskDefinition', Properties: { ...others, Cpu, Memory } }];
      }),
    );
    return JSON.stringify({ AWSTemplateFormatVersion: '2010-09-09', Resources });
  };
  const sizes = must(at(template, 'Mappings', 'Sizes'));
  t.strictSame((await findings(tasks(sizes))).filter(isOfSizes), []);
  t.ok(
    (await findings(tasks({ odd: { Cpu: '512', Memory: '512' } }))).some(isOfSizes),
    'and it does see a wrong one',
  );
});

t.test('it can be sent as it is, and shows each parameter in one place', async (t) => {
  t.ok(Buffer.byteLength(body) <= 51_200, `${Buffer.byteLength(body)} bytes`);
  const groups = asList(at(template, 'Metadata', 'AWS::CloudFormation::Interface', 'ParameterGroups'));
  t.strictSame(
    groups.flatMap((group) => asList(at(group, 'Parameters')).map(String)).sort(),
    Object.keys(parameters).sort(),
  );
});

t.test('parameters that go together are refused alone', async (t) => {
  const isTaken = (given: Record<string, string>) => {
    const scope = {
      mappings: {},
      ref: (name: string) => given[name] ?? '',
      getAtt: () => '',
      condition: () => false,
    };
    return Object.values(object(at(template, 'Rules'))).every((rule) =>
      asList(at(rule, 'Assertions')).every((one) => evaluateCondition(must(at(one, 'Assert')), scope)),
    );
  };
  const controls = { ControlRoleStrictArn: 'a', ControlRoleOpenArn: 'b', ControlExternalId: 'c' };
  t.ok(isTaken(required));
  t.ok(isTaken({ ...required, ...controls }));
  t.ok(isTaken({ HostedZoneId: '', CertificateArn: 'arn' }));
  t.notOk(isTaken({ ...required, HostedZoneId: '' }), 'a certificate comes from somewhere');
  for (const name of Object.keys(controls)) t.notOk(isTaken({ ...required, ...controls, [name]: '' }), name);
});

t.test('the table is the code’s own, kept, and can be restored', async (t) => {
  const table = object(deploy()['Table']);
  const { TableName: _, ...definition } = tableDefinition('any');
  const kept = {
    TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    DeletionProtectionEnabled: true,
    SSESpecification: { SSEEnabled: true },
  };
  t.strictSame(table['Properties'], { ...definition, ...kept });
  for (const id of ['Table', 'TemplateBucket', 'TemplateBucketPolicy'])
    for (const policy of ['DeletionPolicy', 'UpdateReplacePolicy'])
      t.equal(at(template, 'Resources', id, policy), 'Retain', `${id}: ${policy}`);
});

t.test('every setting that a service needs in production is set, and no other', async (t) => {
  const full = {
    ...{ ControlRoleStrictArn: 'arn:aws:iam::777777777777:role/RolecallControlStrict' },
    ...{ ControlRoleOpenArn: 'arn:aws:iam::777777777777:role/RolecallControlOpen' },
    ...{ ControlExternalId: '0b8f7c3e-5d8e-4a55-9f0a-3c1d2e4f5a6b' },
    ...{ CentralAccountId: '444455556666', CentralStackAuto: 'true', OperatorName: 'Example Ltd' },
    ...{ CentralStackRoleArn: 'arn:aws:iam::444455556666:role/RolecallCentralDeployment' },
    ...{ OidcIssuer: 'https://login.example.com', OidcAudience: 'https://access.example.com' },
  };
  const resources = deploy(full);
  const environment = environmentOf(resources, 'ServiceTask');
  const asked = new Set<string>();
  const watched = new Proxy(
    { ...environment, ADMIN_API_KEY: 'x'.repeat(48) },
    {
      get(variables: Record<string, string>, name) {
        asked.add(String(name));
        return variables[String(name)];
      },
    },
  );
  const config = readConfig(watched);
  t.match(config, {
    host: '0.0.0.0',
    publicUrl: 'https://access.example.com',
    tableName: 'rolecall-Table-1A2B',
    controlRoles: { strict: full.ControlRoleStrictArn, open: full.ControlRoleOpenArn },
    centralStack: { roleArn: full.CentralStackRoleArn, auto: true },
    operator: { name: 'Example Ltd' },
    limits: { trustProxy: 1 },
  });

  const leftOut = {
    TABLE_CREATE: 'the stack makes the table, and the service may not',
    TEMPLATE_CHECK: 'the check is what the default is',
    AWS_SIMULATOR_URL: 'in development only',
    OPERATOR_LOGO: 'a file, which an image of the operator’s own has to bring',
    MEMORY_LIMIT_MB: 'the container’s limit is known',
  };
  const secrets = asList(container(resources, 'ServiceTask')['Secrets']).map((one) =>
    String(at(one, 'Name')),
  );
  t.strictSame(secrets, ['ADMIN_API_KEY']);
  t.strictSame(
    [...Object.keys(environment), ...secrets, ...Object.keys(leftOut)].sort(),
    [...asked, 'AWS_REGION'].sort(),
  );
  const published = new Set(Object.keys(environmentOf(resources, 'PublisherTask')));
  t.strictSame(
    published,
    new Set(['TRUSTED_PRINCIPAL_ARN', 'CENTRAL_ACCOUNT_ID', 'TEMPLATE_BASE_URL', 'AWS_REGION']),
  );
  for (const name of published)
    t.equal(
      environmentOf(resources, 'PublisherTask')[name],
      environment[name],
      `${name} is the same to both`,
    );
});

t.test('what is left as it is has the service’s own default, in each partition', async (t) => {
  for (const partition of partitionIds) {
    const resources = deploy({}, partition);
    const environment = environmentOf(resources, 'ServiceTask');
    const [region, suffix] = places[partition];
    t.equal(environment['TRUSTED_PRINCIPAL_ARN'], `arn:${partition}:iam::${ACCOUNT}:role/RolecallService`);
    t.equal(environment['TEMPLATE_BASE_URL'], `https://${BUCKET}.s3.${region}.${suffix}/v1`);
    const set = [
      'HOST',
      'PUBLIC_URL',
      'TABLE_NAME',
      'TRUSTED_PRINCIPAL_ARN',
      'TEMPLATE_BASE_URL',
      'TRUST_PROXY',
    ];
    const least = Object.fromEntries(set.map((name) => [name, environment[name]]));
    t.strictSame(readConfig(environment), readConfig(least), partition);
  }
});

t.test('another table is used where one is named, with no right to the stack’s own', async (t) => {
  const resources = deploy({ UseTable: 'restored' });
  t.equal(environmentOf(resources, 'ServiceTask')['TABLE_NAME'], 'restored');
  const policy = parsePolicy(policyOf(resources, 'ServiceRole'), 'identity');
  const arn = (table: string) => `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/${table}`;
  const ask = (resource: string) =>
    decide([policy], { action: 'dynamodb:Query', resource, context: policyContext({}) });
  t.strictSame(
    ['restored', 'restored/index/index1', 'rolecall-Table-1A2B', 'restored-2'].map((one) => ask(arn(one))),
    ['allow', 'allow', 'none', 'none'],
  );
});

/** Whose credentials sign the commands in a file, or one of them. */
type Whose = 'service' | 'publisher' | 'client session' | 'central session' | 'development';
const WHOSE: Readonly<Record<string, Whose | Readonly<Record<string, Whose>>>> = {
  'aws/sts.ts': 'service',
  'aws/ask-identity.ts': 'service',
  'aws/issue-session.ts': 'service',
  'aws/central-account.ts': { AssumeRole: 'service', ListUsers: 'central session' },
  'aws/central-change-sets.ts': 'central session',
  'aws/central-drift.ts': 'central session',
  'aws/central-templates.ts': 'central session',
  'aws/session.ts': 'client session',
  'aws/organization.ts': 'client session',
  'aws/template-bucket.ts': 'publisher',
  'aws/template-validation.ts': 'publisher',
  // The table is made by the stack.
  'store/dynamodb.ts': { CreateTable: 'development', TableExists: 'development', DescribeTable: 'service' },
};

/** The IAM actions that somebody's commands need, read from the sources. */
async function actionsOf(whose: Whose): Promise<readonly string[]> {
  const files = (await readdir(new URL('src/', root), { recursive: true })).filter(
    (name) => /\.ts$/.test(name) && !/^(sandbox|client)\//.test(name),
  );
  const actions = new Set<string>();
  for (const file of files) {
    const source = await read(`src/${file}`);
    for (const [, name = ''] of source.matchAll(
      /\b(?:new (?=\w+Command\()|paginate(?=\w+\()|waitUntil(?=\w+\())(\w+?)(?:Command)?\(/g,
    )) {
      const owner = WHOSE[file] ?? (file.startsWith('store/') ? 'service' : undefined);
      const signs = typeof owner === 'object' ? owner[name] : owner;
      if (signs === undefined)
        throw new Error(`whose credentials sign ${name} in src/${file}? say so in WHOSE`);
      if (signs === whose) for (const action of actionsFor(name, source)) actions.add(action);
    }
  }
  return [...actions].sort();
}

/** Source: Service Authorization Reference. A transaction needs what it is made of. */
function actionsFor(command: string, source: string): readonly string[] {
  if (command === 'GetCallerIdentity') return [];
  if (command === 'TransactWriteItems')
    return [...source.matchAll(/\b(Put|Delete|Update|ConditionCheck): ?\{/g)].map(([, kind]) =>
      kind === 'ConditionCheck' ? 'dynamodb:ConditionCheckItem' : `dynamodb:${kind}Item`,
    );
  const [, service = ''] =
    new RegExp(`import (?:type )?\\{[^}]*\\b${command}Command\\b[^}]*\\} from '@aws-sdk/client-(\\w+)'`).exec(
      source,
    ) ?? [];
  if (service === '') throw new Error(`where is ${command} imported from?`);
  const more = command === 'AssumeRole' ? { SourceIdentity: 'SetSourceIdentity', Tags: 'TagSession' } : {};
  const also = Object.entries(more).flatMap(([field, action]) =>
    new RegExp(`\\b${field}:`).test(source) ? [`${service}:${action}`] : [],
  );
  return [`${service}:${command}`, ...also];
}

const allowedIn = (policy: JsonObject): readonly string[] => {
  const allows = statementsOf(policy).filter(({ Effect }) => Effect === 'Allow');
  return [...new Set(allows.flatMap(({ Action }) => asList(Action).map(String)))].sort();
};

t.test('each role has the rights that the code uses, and no others', async (t) => {
  const resources = deploy();
  const service = await actionsOf('service');
  const publisher = await actionsOf('publisher');
  t.ok(service.length > 8 && publisher.length === 3, 'the sources were read');
  t.strictSame(allowedIn(policyOf(resources, 'ServiceRole')), service);
  t.strictSame(allowedIn(policyOf(resources, 'PublisherRole')), publisher);
  for (const role of ['ServiceRole', 'PublisherRole', 'ExecutionRole', 'PublishFunctionRole']) {
    const properties = object(at(resources, role, 'Properties'));
    t.equal(asList(properties['Policies']).length, 1);
    t.equal(properties['ManagedPolicyArns'], undefined);
    for (const { Action } of statementsOf(policyOf(resources, role)))
      for (const action of asList(Action)) t.notMatch(action, /\*/, role);
  }
});

t.test('where the service’s role may use them', async (t) => {
  for (const partition of partitionIds) {
    const [region] = places[partition];
    const policy = parsePolicy(policyOf(deploy({}, partition), 'ServiceRole'), 'identity');
    const ask = (action: string, resource: string): Decision =>
      decide([policy], { action, resource, context: policyContext({}) });
    const table = `arn:${partition}:dynamodb:${region}:${ACCOUNT}:table/rolecall-Table-1A2B`;
    for (const action of await actionsOf('service')) {
      if (action.startsWith('sts:')) continue;
      t.equal(ask(action, table), 'allow', action);
      t.equal(ask(action, `${table}-2`), 'none', `${action} on another table`);
      const indexes = action === 'dynamodb:Query' ? 'allow' : 'none';
      t.equal(ask(action, `${table}/index/index2`), indexes, `${action} on an index`);
    }
    const role = (account: string) => `arn:${partition}:iam::${account}:role/path/Client`;
    t.equal(ask('sts:AssumeRole', role('111122223333')), 'allow');
    t.equal(ask('sts:SetSourceIdentity', role('111122223333')), 'allow');
    t.equal(ask('sts:AssumeRole', role(ACCOUNT)), 'deny', 'no role of its own account');
    for (const action of ['s3:PutObject', 's3:GetObject', 's3:DeleteObject'])
      t.equal(ask(action, `arn:${partition}:s3:::${BUCKET}/v1/x`), 'none', action);
  }
});

t.test('who takes on which role', async (t) => {
  const resources = deploy();
  for (const role of ['ServiceRole', 'PublisherRole', 'ExecutionRole']) {
    const policy = parsePolicy(must(at(resources, role, 'Properties', 'AssumeRolePolicyDocument')), 'trust');
    const ask = (account: string) =>
      decide([policy], {
        action: 'sts:AssumeRole',
        resource: role,
        principal: [['Service:ecs-tasks.amazonaws.com']],
        context: policyContext({
          'aws:SourceAccount': account,
          'aws:SourceArn': `arn:aws:ecs:us-east-1:${account}:task/x`,
        }),
      });
    t.strictSame([ask(ACCOUNT), ask('111122223333')], ['allow', 'none'], role);
  }
  const service = object(at(resources, 'ServiceTask', 'Properties'));
  const publisher = object(at(resources, 'PublisherTask', 'Properties'));
  t.match(service['TaskRoleArn'], 'role/RolecallService');
  t.match(publisher['TaskRoleArn'], 'role/PublisherRole');
  t.equal(container(resources, 'PublisherTask')['Secrets'], undefined, 'the publisher has no key');
});

t.test('everybody may read the templates over HTTPS; nobody lists, and nobody changes', async (t) => {
  const resources = deploy();
  const bucket = `arn:aws:s3:::${BUCKET}`;
  const policy = parsePolicy(
    must(at(resources, 'TemplateBucketPolicy', 'Properties', 'PolicyDocument')),
    'resource',
  );
  const publishers = parsePolicy(policyOf(resources, 'PublisherRole'), 'identity');
  const secure = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' };
  const once = { ...secure, 's3:if-none-match': '*' };
  const anybody = (action: string, resource: string, keys: Record<string, string>) =>
    decide([policy], { action, resource, principal: [['111122223333']], context: policyContext(keys) });
  const publisher = (action: string, resource: string, keys: Record<string, string>) =>
    decide([policy, publishers], { action, resource, principal: [[ACCOUNT]], context: policyContext(keys) });

  const object = `${bucket}/v1/0123456789ab/security-audit-sns.yaml`;
  t.equal(anybody('s3:GetObject', object, secure), 'allow');
  t.equal(anybody('s3:GetObject', object, { ...secure, 'aws:SecureTransport': 'false' }), 'deny');
  t.equal(anybody('s3:GetObject', object, { ...secure, 's3:TlsVersion': '1.1' }), 'deny');
  t.equal(anybody('s3:GetObject', `${bucket}/private.yaml`, secure), 'none', 'another prefix');
  t.equal(anybody('s3:GetObject', `${bucket}/v10/x.yaml`, secure), 'none', 'a prefix that begins like it');
  for (const action of ['s3:GetObjectVersion', 's3:DeleteObject', 's3:PutObjectAcl'])
    t.equal(anybody(action, object, secure), 'none', action);
  for (const action of ['s3:ListBucket', 's3:ListBucketVersions', 's3:PutBucketPolicy'])
    t.equal(anybody(action, bucket, secure), 'none', action);
  t.equal(anybody('s3:PutObject', object, once), 'none');

  t.equal(publisher('s3:PutObject', object, once), 'allow', 'the publisher adds');
  t.equal(publisher('s3:PutObject', object, secure), 'deny', 'and never writes over what is there');
  t.equal(publisher('s3:PutObject', `${bucket}/elsewhere.yaml`, once), 'none');
  t.equal(publisher('s3:DeleteObject', object, secure), 'none', 'nor takes away');

  const properties = at(resources, 'TemplateBucket', 'Properties');
  t.match(properties, {
    VersioningConfiguration: { Status: 'Enabled' },
    OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    PublicAccessBlockConfiguration: { BlockPublicAcls: true, IgnorePublicAcls: true },
  });
});

t.test('the containers are what the Dockerfile makes, and can do no more', async (t) => {
  const dockerfile = await read('Dockerfile');
  const [, user] = /^USER (.+)$/m.exec(dockerfile) ?? [];
  const [, check = ''] = /^HEALTHCHECK .*CMD (\[.+\])$/m.exec(dockerfile) ?? [];
  const [, stop = ''] = /WITHIN = ([\d_]+)/.exec(await read('src/stop.ts')) ?? [];
  for (const architecture of ['ARM64', 'X86_64'])
    for (const TaskSize of ['small', 'medium', 'large']) {
      const resources = deploy({ Architecture: architecture, TaskSize });
      for (const task of ['ServiceTask', 'PublisherTask'] as const) {
        const one = container(resources, task);
        t.match(one, { User: must(user), ReadonlyRootFilesystem: true, Image: required.Image });
        t.strictSame(one['LinuxParameters'], { Capabilities: { Drop: ['ALL'] } });
        t.strictSame(at(resources, task, 'Properties', 'RuntimePlatform'), {
          OperatingSystemFamily: 'LINUX',
          CpuArchitecture: architecture,
        });
      }
      const service = container(resources, 'ServiceTask');
      t.strictSame(at(service, 'HealthCheck', 'Command'), ['CMD', ...JSON.parse(check)]);
      t.ok(Number(service['StopTimeout']) * 1_000 > Number(stop.replaceAll('_', '')), 'it may stop in peace');
      t.equal(service['Memory'], at(resources, 'ServiceTask', 'Properties', 'Memory'), 'it knows its limit');
    }
  const [, main = ''] = /^CMD (\[.+\])$/m.exec(dockerfile) ?? [];
  const command = asList(container(deploy(), 'PublisherTask')['Command']);
  t.strictSame(command, JSON.parse(main.replace('main.js', 'publish-templates.js')));
});

t.test('the service runs in the background of its load balancer alone', async (t) => {
  const resources = deploy();
  const attributes = (id: string, name: string) =>
    Object.fromEntries(
      asList(at(resources, id, 'Properties', name)).map((one) => [at(one, 'Key'), at(one, 'Value')]),
    );
  const balancer = attributes('LoadBalancer', 'LoadBalancerAttributes');
  const idle = Number(balancer['idle_timeout.timeout_seconds']);
  const kept = Number(Fastify().initialConfig.keepAliveTimeout) / 1_000;
  t.ok(idle > 20 && idle < kept, `longer than a call waits for events, shorter than ${kept} s`);
  t.equal(balancer['routing.http.drop_invalid_header_fields.enabled'], 'true');
  const group = attributes('TargetGroup', 'TargetGroupAttributes');
  t.ok(Number(group['deregistration_delay.timeout_seconds']) > 20);
  t.equal(at(resources, 'TargetGroup', 'Properties', 'HealthCheckPath'), '/readyz');
  t.match(at(resources, 'HttpListener', 'Properties', 'DefaultActions', 0), {
    Type: 'redirect',
    RedirectConfig: { Protocol: 'HTTPS', StatusCode: 'HTTP_301' },
  });
  t.match(at(resources, 'MetricsStayInside', 'Properties'), {
    Conditions: [{ PathPatternConfig: { Values: ['/metrics', '/metrics/*'] } }],
    Actions: [{ FixedResponseConfig: { StatusCode: '404' } }],
  });
  t.ok(asList(at(resources, 'Service', 'DependsOn')).includes('MetricsStayInside'), 'from the first task on');
  t.match(at(resources, 'TaskIngress', 'Properties'), {
    FromPort: 8080,
    ToPort: 8080,
    SourceSecurityGroupId: 'LoadBalancerSecurityGroup.GroupId',
  });
  t.equal(at(resources, 'TaskSecurityGroup', 'Properties', 'SecurityGroupIngress'), undefined);

  const network = (given: Record<string, string>) =>
    at(deploy(given)['Service'], 'Properties', 'NetworkConfiguration', 'AwsvpcConfiguration');
  t.match(network({}), { Subnets: required.SubnetIds.split(','), AssignPublicIp: 'ENABLED' });
  const TaskSubnetIds = 'subnet-0aaaaaaaaaaaaaaaa,subnet-0bbbbbbbbbbbbbbbb';
  t.match(network({ TaskSubnetIds }), { Subnets: TaskSubnetIds.split(','), AssignPublicIp: 'DISABLED' });
});

t.test('the service is replaced only once its templates are published', async (t) => {
  const resources = deploy();
  t.ok(asList(at(resources, 'Service', 'DependsOn')).includes('PublishedTemplates'));
  t.equal(at(resources, 'PublishedTemplates', 'Properties', 'TaskDefinition'), 'PublisherTask');
  t.match(at(resources, 'Service', 'Properties', 'DeploymentConfiguration'), {
    MinimumHealthyPercent: 100,
    DeploymentCircuitBreaker: { Enable: true, Rollback: true },
  });
  t.equal(at(resources, 'Service', 'Properties', 'DesiredCount'), undefined, 'which is the scaling’s');
  t.match(at(resources, 'Scaling', 'Properties'), { MinCapacity: '2', MaxCapacity: '10' });
});

t.test('it is no template of clients’, and is never published', async (t) => {
  const { templates } = await readCatalogue(
    must(parseRoleArn(`arn:aws:iam::${ACCOUNT}:role/RolecallService`)),
  );
  const paths = [...templates.map(templatePath), makeManifest(templates).body];
  t.notMatch(paths.join('\n'), /service\.yaml/);
});

/** Whether CloudWatch Logs finds a line by a pattern: comparisons of fields, all of which have to hold. */
function finds(pattern: string, line: Record<string, unknown>): boolean {
  const [, inside = ''] = /^\{ (.+) \}$/.exec(pattern) ?? [];
  return inside.split(' && ').every((term) => {
    const [, field = '', operator, value = ''] = /^\$\.(\w+) (=|>=|IS) (.+)$/.exec(term) ?? [];
    if (operator === '=') return line[field] === JSON.parse(value);
    if (operator === '>=') return typeof line[field] === 'number' && line[field] >= Number(value);
    if (operator === 'IS' && value === 'TRUE') return line[field] === true;
    throw new Error(`${term} is not understood`);
  });
}

t.test('alarms that are made from the log are made from lines that are written', async (t) => {
  const written: Record<string, unknown>[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void written.push(JSON.parse(line)) });
  const tell = makeTellWork(log);
  const filters = Object.entries(deploy()).flatMap(([id, resource]) =>
    at(resource, 'Type') === 'AWS::Logs::MetricFilter'
      ? [{ id, pattern: String(at(resource, 'Properties', 'FilterPattern')) }]
      : [],
  );
  const foundBy = () => {
    const line = must(written.pop(), 'a line');
    t.strictSame(written.splice(0), [], 'one line');
    return { line, by: filters.filter(({ pattern }) => finds(pattern, line)).map(({ id }) => id) };
  };

  const verdict = must(anAccount().verdict);
  const failure = { code: 'throttled', message: '', remedy: '' } as const;
  const checked = (account: Account, failed: boolean) =>
    tell.checked(aboutAccount(account), account, { ...verdict, failure: failed ? failure : null }, 7);
  checked(anAccount(), false);
  t.strictSame(foundBy().by, ['VerifiedFilter']);
  checked(anAccount(), true);
  t.strictSame(foundBy().by, ['VerifiedFilter', 'FailedFilter']);
  checked(anAccount({ status: 'degraded' }), true);
  t.strictSame(foundBy().by, ['VerifiedFilter', 'FailedFilter'], 'also one that failed before');
  checked(anAccount({ status: 'verifying' }), true);
  t.strictSame(foundBy().by, [], 'one that never was connected counts for nothing');
  tell.unanswered(aStack(), 'refused');
  t.strictSame(foundBy().by, ['UnansweredFilter']);
  log.error({ err: new Error('anything') }, 'something was left for later');
  t.strictSame(foundBy().by, ['ErrorFilter']);

  const due = { stacks: now, accounts: now };
  const dueStacks = tellOverdue(
    log,
    'stacks',
    async () => [due.stacks],
    (at) => at,
  );
  const dueAccounts = tellOverdue(
    log,
    'accounts',
    async () => [due.accounts],
    (at) => at,
  );
  await dueStacks(0, now + 299_000, 1);
  t.strictSame(written, [], 'a stack that waits for its role is not overdue');
  await dueStacks(0, now + 300_000, 1);
  const overdue = foundBy();
  t.strictSame(overdue.by, ['OverdueFilter']);
  t.match(overdue.line, { work: 'stacks', seconds: 300 }, 'its age is what the metric takes');
  due.stacks = now - 600_000;
  await dueStacks(1, now + 310_000, 1);
  t.strictSame(written, [], 'it is told once a minute');
  due.stacks = now + 300_000;
  await dueStacks(0, now + 360_000, 1);
  t.match(foundBy().line, { seconds: 910 }, 'with the latest of that minute');
  await dueAccounts(0, now + 3_600_000, 1);
  t.match(foundBy().line, { work: 'accounts', seconds: 3_600 });
  t.equal(
    at(deploy(), 'OverdueFilter', 'Properties', 'MetricTransformations', 0, 'MetricValue'),
    '$.seconds',
  );

  const metrics = (id: string, resource: Json) =>
    id.endsWith('Filter')
      ? asList(at(resource, 'Properties', 'MetricTransformations')).map((one) => at(one, 'MetricName'))
      : [];
  const made = new Set(Object.entries(deploy()).flatMap(([id, resource]) => metrics(id, resource)));
  const watched = JSON.stringify(
    Object.values(deploy()).filter((one) => at(one, 'Type') === 'AWS::CloudWatch::Alarm'),
  );
  for (const name of made) t.match(watched, `"MetricName":"${name}"`, 'each has its alarm');
});
