import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import t from 'tap';
import { judgeTrustPolicy } from '../../src/core/trust-policy.js';
import { settled } from '../sandbox/clients.js';
import { signedQuery } from '../sandbox/signed-query.js';
import {
  api,
  createStack,
  eventually,
  invite,
  settledStack,
  startService,
  startWorld,
} from '../support/world.js';

const { RegoEngine, TemplateFile } = createRequire(import.meta.url)(
  '@aws/cloudformation-validate',
) as typeof import('@aws/cloudformation-validate');

const path = fileURLToPath(new URL('../../templates/control-roles.yaml', import.meta.url));
const body = await readFile(path, 'utf8');
const SECOND_ACCOUNT = '777777777777';
const PRINCIPAL = 'arn:aws:iam::999999999999:role/RolecallService';
const ID = '0b8f7c3e-5d8e-4a55-9f0a-3c1d2e4f5a6b';

t.test('the operator’s templates pass AWS’s own validator', async (t) => {
  const engine = new RegoEngine();
  t.teardown(() => engine.free());
  const deploymentRole = fileURLToPath(
    new URL('../../templates/central-deployment-role.yaml', import.meta.url),
  );
  for (const one of [path, deploymentRole]) {
    const report = engine.validateStandard(new TemplateFile(one));
    t.strictSame(
      report.diagnostics
        .filter(({ severity }) => /^(fatal|error)$/i.test(severity))
        .map(({ message }) => message),
      [],
      one,
    );
  }
  t.notMatch(
    body,
    /Policies:|ManagedPolicyArns:|AWS::IAM::(Managed)?Policy/,
    'and its roles have no permissions',
  );
});

t.test('its stack’s outputs are a configuration by which the service’s probes are proven', async (t) => {
  const world = await startWorld();
  t.teardown(() => world.close());
  const credentials = { accessKeyId: SECOND_ACCOUNT, secretAccessKey: 'sandbox' };
  const client = new CloudFormationClient({ endpoint: world.sandbox.url, region: 'us-east-1', credentials });
  const build = (StackName: string, given: Record<string, string>) =>
    client.send(
      new CreateStackCommand({
        StackName,
        TemplateBody: body,
        Capabilities: ['CAPABILITY_NAMED_IAM'],
        Parameters: Object.entries(given).map(([ParameterKey, ParameterValue]) => ({
          ParameterKey,
          ParameterValue,
        })),
      }),
    );
  for (const TrustedPrincipalArn of [
    'arn:aws:iam::999999999999:root',
    'arn:aws:iam::999999999999:role/*',
    'arn:aws:sts::999999999999:assumed-role/RolecallService/x',
    '999999999999',
  ])
    await t.rejects(
      build('refused', { TrustedPrincipalArn, ControlExternalId: ID }),
      { name: 'ValidationError' },
      TrustedPrincipalArn,
    );
  await t.rejects(build('refused', { TrustedPrincipalArn: PRINCIPAL, ControlExternalId: 'short' }));

  await build('control', { TrustedPrincipalArn: PRINCIPAL, ControlExternalId: ID });
  const stack = await settled(client, 'control');
  t.equal(stack.StackStatus, 'CREATE_COMPLETE');
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: 'control' }));
  const environment = Object.fromEntries(
    (Stacks?.[0]?.Outputs ?? []).map(({ Description = '', OutputValue }) => [Description, OutputValue]),
  );
  t.strictSame(environment, {
    CONTROL_ROLE_STRICT_ARN: `arn:aws:iam::${SECOND_ACCOUNT}:role/RolecallControlStrict`,
    CONTROL_ROLE_OPEN_ARN: `arn:aws:iam::${SECOND_ACCOUNT}:role/RolecallControlOpen`,
    CONTROL_EXTERNAL_ID: ID,
  });

  const trustOf = async (RoleName: string) => {
    const { body: xml } = await signedQuery(world.sandbox, 'iam', SECOND_ACCOUNT, {
      ...{ Action: 'GetRole', Version: '2010-05-08', RoleName },
    });
    return decodeURIComponent(/<AssumeRolePolicyDocument>([^<]+)</.exec(xml)?.[1] ?? '');
  };
  const expected = {
    ...{ principalArn: PRINCIPAL, providerAccountId: '999999999999' },
    ...{ clientAccountId: SECOND_ACCOUNT, externalIds: [ID] },
  };
  const codes = async (name: string) =>
    judgeTrustPolicy(await trustOf(name), expected).map(({ code }) => code);
  t.strictSame(
    await codes('RolecallControlStrict'),
    [],
    'the strict one is what a client’s role ought to be',
  );
  t.strictSame(
    await codes('RolecallControlOpen'),
    ['external-id-not-required'],
    'the open one is open to us alone',
  );

  const service = await startService(world, undefined, environment);
  t.teardown(() => service.kill());
  // A look that a cold start made late is kept for a few seconds.
  await eventually(
    () => api(service, 'GET', '/readyz'),
    ({ body }) => body.status === 'ready' && body.warnings.length === 0,
  );
  const invited = await invite(service);
  const { status } = await settledStack(world, await createStack(world, invited));
  t.equal(status, 'CREATE_COMPLETE');
});
