import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import t from 'tap';
import { startSandbox } from '../../src/sandbox/sandbox.js';

const hasCli = spawnSync('aws', ['--version']).status === 0;

t.test(
  'the AWS CLI makes a stack, enters its role, updates it and deletes it',
  { skip: hasCli ? false : 'the AWS CLI is not on the PATH' },
  async (t) => {
    const sandbox = await startSandbox({ propagationMs: 0, resourceDelayMs: 0 });
    t.after(() => sandbox.close());
    const aws = async (...words: string[]) => {
      const { stdout } = await promisify(execFile)(
        'aws',
        [...words, '--endpoint-url', sandbox.url, '--output', 'json'],
        {
          env: {
            PATH: process.env['PATH'],
            HOME: process.env['HOME'],
            AWS_ACCESS_KEY_ID: '111122223333',
            AWS_SECRET_ACCESS_KEY: 'sandbox',
            AWS_DEFAULT_REGION: 'eu-west-1',
            AWS_CONFIG_FILE: '/dev/null',
            AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
          },
        },
      );
      return stdout === '' ? undefined : JSON.parse(stdout);
    };
    const identity = await aws('sts', 'get-caller-identity');
    t.equal(identity.Arn, 'arn:aws:iam::111122223333:user/administrator');

    const body = JSON.stringify({
      Parameters: { ExternalId: { Type: 'String' } },
      Resources: {
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: {
            AssumeRolePolicyDocument: {
              Statement: [
                {
                  Effect: 'Allow',
                  Principal: { AWS: '111122223333' },
                  Action: 'sts:AssumeRole',
                  Condition: { StringEquals: { 'sts:ExternalId': { Ref: 'ExternalId' } } },
                },
              ],
            },
          },
        },
      },
      Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
    });
    const stack = ['--stack-name', 'from-the-cli'];
    await aws(
      ...['cloudformation', 'create-stack', ...stack, '--template-body', body],
      ...['--capabilities', 'CAPABILITY_IAM', '--parameters', 'ParameterKey=ExternalId,ParameterValue=an-id'],
    );
    await aws('cloudformation', 'wait', 'stack-create-complete', ...stack);
    const { Stacks } = await aws('cloudformation', 'describe-stacks', ...stack);
    const arn = Stacks[0].Outputs[0].OutputValue;
    const { StackEvents } = await aws('cloudformation', 'describe-stack-events', ...stack);
    t.equal(StackEvents[0].ResourceStatus, 'CREATE_COMPLETE');

    const enter = ['sts', 'assume-role', '--role-arn', arn, '--role-session-name', 'cli'];
    await t.rejects(aws(...enter), /AccessDenied/);
    const session = await aws(...enter, '--external-id', 'an-id');
    t.match(session.AssumedRoleUser.Arn, /:assumed-role\/from-the-cli-Role-[A-Z0-9]{13}\/cli$/);

    await aws(
      ...['cloudformation', 'update-stack', ...stack, '--use-previous-template'],
      ...[
        '--capabilities',
        'CAPABILITY_IAM',
        '--parameters',
        'ParameterKey=ExternalId,ParameterValue=new-id',
      ],
    );
    await aws('cloudformation', 'wait', 'stack-update-complete', ...stack);
    await t.rejects(aws(...enter, '--external-id', 'an-id'), /AccessDenied/);
    await aws(...enter, '--external-id', 'new-id');

    await aws('cloudformation', 'delete-stack', ...stack);
    await aws('cloudformation', 'wait', 'stack-delete-complete', '--stack-name', Stacks[0].StackId);
    t.strictSame((await aws('cloudformation', 'describe-stacks')).Stacks, []);
  },
);
