import {
  CreateStackCommand,
  DescribeStacksCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import t from 'tap';
import { evaluate, type Scope } from '../../src/sandbox/cloudformation/intrinsics.js';
import { parameterValues, parseParameters } from '../../src/sandbox/cloudformation/parameter.js';
import { readTemplate } from '../../src/sandbox/cloudformation/read-template.js';
import { parseTemplate } from '../../src/sandbox/cloudformation/template.js';
import type { Json, JsonObject } from '../../src/sandbox/wire/json.js';
import { cloudFormationFor, failure, s3For, settled, startQuickly, trusting } from './clients.js';

const values: Record<string, Json> = {
  Name: 'client',
  Empty: '',
  List: ['a', 'b'],
  'AWS::Region': 'us-east-1',
};

const scope: Scope = {
  ref: (name) => (name === 'AWS::NoValue' ? undefined : (values[name] ?? '')),
  getAtt: (logicalId, attribute) => `${logicalId}/${attribute}`,
  condition: (name) => name === 'Yes',
  mappings: { Regions: { 'us-east-1': { Short: 'use1', Zones: ['a', 'b'] } } },
};

t.test('intrinsics, in the short form and the long', async (t) => {
  const cases: [string, Json | undefined][] = [
    ['!Ref Name', 'client'],
    ['Ref: Name', 'client'],
    ['!GetAtt Role.Arn', 'Role/Arn'],
    ['!GetAtt [Role, Nested.Arn]', 'Role/Nested.Arn'],
    ['Fn::GetAtt: Role.Arn', 'Role/Arn'],
    [
      "!Sub 'x-$" + '{Name}-$' + '{Role.Arn}-$' + '{!Literal}-$' + "{AWS::Region}'",
      'x-client-Role/Arn-$' + '{Literal}-us-east-1',
    ],
    ["!Sub ['$" + '{A}+$' + "{Name}', { A: !Ref Empty }]", '+client'],
    ['Fn::Sub: x', 'x'],
    ["!Join ['-', [a, !Ref Name]]", 'a-client'],
    ["!Join ['/', !Ref List]", 'a/b'],
    ["!Split [':', 'https://host']", ['https', '//host']],
    ["!Select [0, !Split [':', 'https://host']]", 'https'],
    ["!Select ['1', [a, b]]", 'b'],
    ["!FindInMap [Regions, !Ref 'AWS::Region', Short]", 'use1'],
    ['!FindInMap [Regions, us-east-1, Zones]', ['a', 'b']],
    ['!If [Yes, a, b]', 'a'],
    ['!If [No, a, !Ref AWS::NoValue]', undefined],
    ['Keep: 1\nDrop: !If [No, a, !Ref AWS::NoValue]', { Keep: 1 }],
    ['[1, !Ref AWS::NoValue, 3]', [1, 3]],
    ['!Equals [!Ref Empty, ""]', true],
    ['!Equals [1, "1"]', true],
    ['!Not [!Equals [a, b]]', true],
    ['!And [!Condition Yes, !Condition No]', false],
    ['!Or [{ Condition: Yes }, { Condition: No }]', true],
    ['!Base64 hello', 'aGVsbG8='],
    ['StringEquals: { Ref: x, other: y }', { StringEquals: { Ref: 'x', other: 'y' } }],
  ];
  for (const [source, expected] of cases) {
    t.strictSame(evaluate(readTemplate(source), scope), expected, source);
  }
  t.strictSame(readTemplate('{"A": {"Fn::Sub": "x"}}'), { A: { 'Fn::Sub': 'x' } }, 'JSON');
  t.strictSame(readTemplate('Version: 2012-10-17'), { Version: '2012-10-17' }, 'a date stays a text');
  t.strictSame(readTemplate('a: &x {b: 1}\nc: *x'), { a: { b: 1 }, c: { b: 1 } }, 'anchors');
});

t.test('intrinsics that are wrong', async (t) => {
  for (const source of [
    '!Select [2, [a]]',
    '!FindInMap [Regions, x, y]',
    '!Join [a]',
    '!GetAZs x',
    '!Sub [1, 2]',
  ]) {
    t.throws(() => evaluate(readTemplate(source), scope), { code: 'ValidationError' }, source);
  }
});

t.test('parameters have values within their constraints', async (t) => {
  const outcome = (declaration: JsonObject, given?: string): string => {
    try {
      const map = new Map(given === undefined ? [] : [['P', given]]);
      return `= ${parameterValues(parseParameters({ P: declaration }), map).get('P')}`;
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
  };
  const id = { Type: 'String', AllowedPattern: '[a-z]+' };
  const cases: [JsonObject, string | undefined, string][] = [
    [{ Type: 'String' }, 'x', '= x'],
    [{ Type: 'String', Default: 'd' }, undefined, '= d'],
    [{ Type: 'String' }, undefined, 'Parameters: [P] must have values'],
    [id, 'abc', '= abc'],
    [id, 'abc1', "Parameter 'P' must match pattern [a-z]+"],
    [
      { ...id, ConstraintDescription: 'small letters' },
      'A',
      'Parameter P failed to satisfy constraint: small letters',
    ],
    [{ Type: 'String', AllowedValues: ['a', 'b'] }, 'c', "Parameter 'P' must be one of AllowedValues"],
    [{ Type: 'String', MinLength: 2 }, 'c', "Parameter 'P' must contain at least 2 characters"],
    [{ Type: 'String', MaxLength: '2' }, 'ccc', "Parameter 'P' must contain at most 2 characters"],
    [{ Type: 'Number' }, 'x', "Parameter 'P' must be a number."],
    [{ Type: 'Number', MinValue: 3 }, '2', "Parameter 'P' must be a number not less than 3"],
    [{ Type: 'Number', MaxValue: 3 }, '4', "Parameter 'P' must be a number not greater than 3"],
    [{ Type: 'Text' }, '4', 'Template format error: Unrecognized parameter type: Text'],
    [{ Type: 'String', Pattern: 'x' }, '4', "Invalid template parameter property 'Pattern'"],
  ];
  for (const [declaration, given, expected] of cases) t.equal(outcome(declaration, given), expected);
  const unknown = () => parameterValues(parseParameters({}), new Map([['Other', 'x']]));
  t.throws(unknown, { message: 'Parameters: [Other] do not exist in the template' });
});

const role = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trusting('111122223333') } };

t.test('a template that cannot work is refused before anything is made', async (t) => {
  const sandbox = await startQuickly(t);
  const client = cloudFormationFor(sandbox);
  const topic = { Type: 'AWS::SNS::Topic' };
  const cases: [string, unknown, RegExp][] = [
    ['no YAML', 'a: [', /^Template format error: YAML not well-formed/],
    ['no JSON', '{"a": }', /^Template format error: JSON not well-formed/],
    ['no object', 'text', /^Template format error: unsupported structure/],
    ['no resources', { Description: 'x' }, /At least one Resources member must be defined/],
    ['an unknown section', { Resource: {} }, /^Invalid template property or properties \[Resource\]/],
    [
      'an unknown field',
      { Resources: { A: { ...topic, Property: {} } } },
      /Invalid template resource property 'Property'/,
    ],
    [
      'an unknown type',
      { Resources: { A: { Type: 'AWS::SNS::Topik' } } },
      /Unrecognized resource types: \[AWS::SNS::Topik\]/,
    ],
    [
      'a Ref to nothing',
      { Resources: { A: { ...topic, Properties: { TopicName: { Ref: 'B' } } } } },
      /Unresolved resource dependencies \[B\]/,
    ],
    [
      'a Sub of nothing',
      {
        Resources: {
          A: {
            ...topic,
            Properties: { TopicName: { 'Fn::Sub': '$' + '{B}' } },
          },
        },
      },
      /Unresolved resource dependencies \[B\]/,
    ],
    [
      'a GetAtt of nothing',
      { Resources: { A: { ...topic, Properties: { TopicName: { 'Fn::GetAtt': 'B.C' } } } } },
      /Fn::GetAtt references undefined resource B/,
    ],
    [
      'a condition of nothing',
      { Resources: { A: { ...topic, Condition: 'B' } } },
      /Unresolved condition dependency B/,
    ],
    [
      'a DependsOn on nothing',
      { Resources: { A: { ...topic, DependsOn: 'B' } } },
      /Unresolved resource dependencies \[B\]/,
    ],
    [
      'a circle',
      { Resources: { A: { ...topic, DependsOn: 'B' }, B: { ...topic, DependsOn: ['A'] } } },
      /Circular dependency between resources: \[A, B\]/,
    ],
    [
      'an output of nothing',
      { Resources: { A: topic }, Outputs: { O: { Value: { Ref: 'B' } } } },
      /Unresolved resource dependencies \[B\] in the Outputs block/,
    ],
  ];
  for (const [name, source, message] of cases) {
    const TemplateBody = typeof source === 'string' ? source : JSON.stringify(source);
    const refused = await failure(client.send(new CreateStackCommand({ StackName: 'x', TemplateBody })));
    t.equal(refused.code, 'ValidationError', name);
    t.match(refused.message, message);
  }
  const { Stacks } = await client.send(new DescribeStacksCommand({}));
  t.strictSame(Stacks, []);
});

t.test('IAM resources have to be acknowledged, named ones by another word', async (t) => {
  const sandbox = await startQuickly(t);
  const client = cloudFormationFor(sandbox);
  const named = {
    Parameters: { Name: { Type: 'String', Default: '' } },
    Conditions: { Named: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Name' }, ''] }] } },
    Resources: {
      Role: {
        ...role,
        Properties: {
          ...role.Properties,
          RoleName: {
            'Fn::If': ['Named', { Ref: 'Name' }, { Ref: 'AWS::NoValue' }],
          },
        },
      },
    },
  };
  const outcome = (name: string, ...capabilities: ('CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM')[]) =>
    failure(
      client.send(
        new CreateStackCommand({
          StackName: `s${capabilities.length}${name}`,
          TemplateBody: JSON.stringify(named),
          Capabilities: capabilities,
          Parameters: [{ ParameterKey: 'Name', ParameterValue: name }],
        }),
      ),
    );
  t.match(await outcome(''), {
    code: 'InsufficientCapabilitiesException',
    message: 'Requires capabilities : [CAPABILITY_IAM]',
  });
  t.match(await outcome('Client', 'CAPABILITY_IAM'), {
    message: 'Requires capabilities : [CAPABILITY_NAMED_IAM]',
  });
  t.equal((await outcome('', 'CAPABILITY_IAM')).code, 'none');
  t.equal((await outcome('Client', 'CAPABILITY_NAMED_IAM')).code, 'none');
});

t.test('conditions leave resources and outputs out', async (t) => {
  const sandbox = await startQuickly(t);
  const client = cloudFormationFor(sandbox);
  const TemplateBody = `
Parameters: { Mode: { Type: String, AllowedValues: [one, two] }, Secret: { Type: String, NoEcho: true, Default: s } }
Conditions: { IsTwo: !Equals [!Ref Mode, two], IsOne: !Not [!Condition IsTwo] }
Resources:
  One: { Type: AWS::SNS::Topic, Condition: IsOne }
  Two: { Type: AWS::SNS::Topic, Condition: IsTwo, DependsOn: One }
Outputs:
  Arn: { Value: !If [IsOne, !Ref One, !Ref Two] }
  Two: { Value: !Ref Two, Condition: IsTwo }
`;
  await client.send(
    new CreateStackCommand({
      StackName: 'x',
      TemplateBody,
      Parameters: [{ ParameterKey: 'Mode', ParameterValue: 'one' }],
    }),
  );
  const stack = await settled(client, 'x');
  t.equal(stack.StackStatus, 'CREATE_COMPLETE');
  t.strictSame(
    stack.Outputs?.map(({ OutputKey }) => OutputKey),
    ['Arn'],
  );
  t.match(stack.Outputs?.[0]?.OutputValue, /^arn:aws:sns:us-east-1:111122223333:x-One-[A-Z0-9]{13}$/);
  t.equal(stack.Parameters?.find(({ ParameterKey }) => ParameterKey === 'Secret')?.ParameterValue, '****');
  const again = await failure(client.send(new CreateStackCommand({ StackName: 'x', TemplateBody })));
  t.match(again, { code: 'AlreadyExistsException', message: 'Stack [x] already exists' });
  const none = await failure(client.send(new DescribeStacksCommand({ StackName: 'nothing' })));
  t.match(none, { code: 'ValidationError', message: 'Stack with id nothing does not exist' });
});

t.test('properties that a type does not have fail the resource', async (t) => {
  const sandbox = await startQuickly(t);
  const client = cloudFormationFor(sandbox);
  const wrong = { Resources: { Role: { ...role, Properties: { ...role.Properties, Name: 'x' } } } };
  await client.send(
    new CreateStackCommand({
      StackName: 'x',
      TemplateBody: JSON.stringify(wrong),
      Capabilities: ['CAPABILITY_IAM'],
    }),
  );
  t.equal((await settled(client, 'x')).StackStatus, 'ROLLBACK_COMPLETE');
});

t.test('a template comes from a bucket of the sandbox, or in the request up to a size', async (t) => {
  const sandbox = await startQuickly(t);
  const client = cloudFormationFor(sandbox);
  const s3 = s3For(sandbox, '999999999999');
  await s3.send(new CreateBucketCommand({ Bucket: 'templates' }));
  const Body = 'Resources: { Topic: { Type: AWS::SNS::Topic } }';
  await s3.send(new PutObjectCommand({ Bucket: 'templates', Key: 'v1/t.yaml', Body }));
  const create = (StackName: string, TemplateURL: string) =>
    failure(client.send(new CreateStackCommand({ StackName, TemplateURL })));
  t.equal((await create('a', `${sandbox.url}/templates/v1/t.yaml`)).code, 'none');
  t.match(
    (await create('b', `${sandbox.url}/templates/v2/t.yaml`)).message,
    /^S3 error: The specified key does not exist/,
  );
  t.equal((await create('c', 'https://example.com/t.yaml')).message, 'TemplateURL must be a supported URL.');
  t.equal((await create('d', 'nonsense')).message, 'TemplateURL must be a supported URL.');
  const TemplateBody = `${Body}\n#${'x'.repeat(51_200)}`;
  const long = await failure(client.send(new CreateStackCommand({ StackName: 'e', TemplateBody })));
  t.match(long.message, /templateBody/);
});

t.test('a template is taken apart without being evaluated', async (t) => {
  const template = parseTemplate(
    'Resources: { A: { Type: AWS::SNS::Topic, DependsOn: B, DeletionPolicy: Retain } }',
  );
  t.match(template.resources.get('A'), { type: 'AWS::SNS::Topic', dependsOn: ['B'], retain: true });
});

t.test("ValidateTemplate tells parameters and capabilities, and what is wrong in AWS's words", async (t) => {
  const sandbox = await startQuickly(t);
  const client = cloudFormationFor(sandbox);
  const validate = (TemplateBody: string) => client.send(new ValidateTemplateCommand({ TemplateBody }));
  const role = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } };
  const well = await validate(
    JSON.stringify({
      Description: 'One role.',
      Parameters: { Secret: { Type: 'String', NoEcho: true, Default: 'x', Description: 'Yours.' } },
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
      Resources: { Role: { ...role, Condition: 'Never' } },
    }),
  );
  t.match(well, {
    Description: 'One role.',
    Parameters: [{ ParameterKey: 'Secret', NoEcho: true, DefaultValue: 'x', Description: 'Yours.' }],
    Capabilities: ['CAPABILITY_IAM'],
    CapabilitiesReason: 'The following resource(s) require capabilities: [AWS::IAM::Role]',
  });
  const named = { ...role, Properties: { ...role.Properties, RoleName: { Ref: 'AWS::StackName' } } };
  const { Capabilities } = await validate(JSON.stringify({ Resources: { Role: named } }));
  t.strictSame(Capabilities, ['CAPABILITY_NAMED_IAM']);
  const topic = 'Resources: { Topic: { Type: AWS::SNS::Topic';
  const errors: [string, string][] = [
    ['Resources:\n\tTopic: {}', 'Template format error: YAML not well-formed. (line 2, column 1)'],
    ['{"Resources": {', 'Template format error: JSON not well-formed.'],
    ['just text', 'Template format error: unsupported structure.'],
    ['Description: x', 'Template format error: At least one Resources member must be defined.'],
    [`${topic} } }\nResource: {}`, 'Invalid template property or properties [Resource]'],
    [`${topic}, DependsOn: Other } }`, 'Unresolved resource dependencies [Other] in the Resources block'],
    [
      `${topic}, Properties: { TopicName: !Ref Nmae } } }`,
      'Template format error: Unresolved resource dependencies [Nmae] in the Resources block of the template',
    ],
    [
      `${topic}, Properties: { TopicName: !GetAtt Other.Arn } } }`,
      'Template error: instance of Fn::GetAtt references undefined resource Other',
    ],
    ['Resources: { Topic: { Type: AWS::SNS::Topc } }', 'Unrecognized resource types: [AWS::SNS::Topc]'],
    [`${topic}, DependsOn: Topic } }`, 'Circular dependency between resources: [Topic]'],
    ['Resources: { Topic: { Properties: {} } }', 'Every Resources object must contain a Type member.'],
    [`${topic}, Propertys: {} } }`, "Invalid template resource property 'Propertys'"],
  ];
  for (const [body, message] of errors) {
    const { code, message: said } = await failure(validate(body));
    t.equal(code, 'ValidationError', message);
    t.match(said, message);
  }
});
