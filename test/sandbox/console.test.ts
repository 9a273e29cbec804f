import { existsSync } from 'node:fs';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { chromium } from 'playwright-core';
import t from 'tap';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { control, s3For, startQuickly, trusting } from './clients.js';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const template = {
  Description: 'One role.',
  Metadata: {
    'AWS::CloudFormation::Interface': {
      ParameterGroups: [{ Label: { default: 'From your link' }, Parameters: ['ExternalId'] }],
      ParameterLabels: { ExternalId: { default: 'External ID' } },
    },
  },
  Parameters: {
    ExternalId: { Type: 'String', Description: 'Made for you alone.' },
    Mode: { Type: 'String', AllowedValues: ['read', 'write'], Default: 'read' },
    Secret: { Type: 'String', NoEcho: true, Default: 'preset' },
  },
  Resources: {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: trusting('999999999999', {
          StringEquals: { 'sts:ExternalId': { Ref: 'ExternalId' } },
        }),
      },
    },
  },
  Outputs: { RoleArn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
};

/** Publishes the template. Returns a quick-create link for it. */
async function link(sandbox: Sandbox): Promise<string> {
  const s3 = s3For(sandbox, '999999999999');
  await s3.send(new CreateBucketCommand({ Bucket: 'published' }));
  const Body = JSON.stringify(template);
  await s3.send(new PutObjectCommand({ Bucket: 'published', Key: 'one.json', Body }));
  const fragment = new URLSearchParams({
    templateURL: `${sandbox.url}/published/one.json`,
    stackName: 'one',
    param_ExternalId: 'an-id',
    param_Secret: 'from the link',
    param_Unknown: 'ignored',
  });
  return `${sandbox.url}/cloudformation/home?region=eu-west-1#/stacks/create/review?${fragment}`;
}

/** Publishes another template with one parameter and one output more. Returns its address. */
async function another(sandbox: Sandbox): Promise<string> {
  const more = {
    ...template,
    Parameters: { ...template.Parameters, Added: { Type: 'String', Default: 'preset' } },
    Outputs: { ...template.Outputs, Added: { Value: { Ref: 'Added' } } },
  };
  const Body = JSON.stringify(more);
  await s3For(sandbox, '999999999999').send(
    new PutObjectCommand({ Bucket: 'published', Key: 'two.json', Body }),
  );
  return `${sandbox.url}/published/two.json`;
}

t.test('the page brings no script of its own, and its assets are there', async (t) => {
  const sandbox = await startQuickly(t);
  const page = await fetch(`${sandbox.url}/cloudformation/home?region=eu-west-1"><script>`);
  const html = await page.text();
  t.match(html, 'Rolecall sandbox, not AWS.');
  t.notMatch(html, /<script>|eu-west-1"/, 'what comes in by the URL stays out');
  t.match(page.headers.get('content-security-policy'), /default-src 'none'; script-src 'self'/);
  for (const [, asset = ''] of html.matchAll(/(?:href|src)="(\/cloudformation\/home\/[^"]+)"/g)) {
    t.equal((await fetch(`${sandbox.url}${asset}`)).status, 200, asset);
  }
});

t.test('pages of other origins cannot make stacks or faults', async (t) => {
  const sandbox = await startQuickly(t);
  for (const path of ['/cloudformation/home/stacks', '/_sandbox/faults']) {
    const headers = { origin: 'https://example.com' };
    t.equal((await fetch(sandbox.url + path, { method: 'POST', headers, body: '{}' })).status, 403, path);
  }
});

t.test(
  'a person reviews the stack, acknowledges, creates it, updates it, watches it and deletes it',
  { skip: existsSync(executablePath) ? false : 'there is no Chromium' },
  async (t) => {
    const sandbox = await startQuickly(t);
    const browser = await chromium.launch({
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
      ],
    });
    t.after(() => browser.close());
    const page = await browser.newPage();
    await page.goto(await link(sandbox));
    t.equal(await page.inputValue('#stack-name'), 'one');
    t.equal(await page.inputValue('#param-ExternalId'), 'an-id');
    t.equal(await page.textContent('label[for=param-ExternalId]'), 'External ID');
    t.match(await page.textContent('.group'), 'From your link');
    t.equal(await page.inputValue('#param-Mode'), 'read');
    t.equal(await page.getAttribute('#param-Secret', 'type'), 'password');
    t.equal(await page.inputValue('#param-Secret'), 'preset', 'a link cannot fill in what is masked');
    t.equal(await page.locator('#param-Unknown').count(), 0);
    await page.fill('#account', '444455556666');
    await page.click('#create-stack');
    t.match(await page.textContent('.failure'), 'Requires capabilities : [CAPABILITY_IAM]');
    await page.check('#acknowledge');
    await page.click('#create-stack');
    await page.locator('#stack-status', { hasText: 'CREATE_COMPLETE' }).waitFor();
    t.match(await page.textContent('#outputs'), 'arn:aws:iam::444455556666:role/one-Role-');
    t.match(await page.textContent('#events'), 'CREATE_IN_PROGRESS');
    const { stacks } = await control(sandbox, 'GET', 'state');
    t.match(stacks, [{ account: '444455556666', region: 'eu-west-1', parameters: { Secret: '****' } }]);

    await page.click('#update-stack');
    t.equal(await page.inputValue('#param-ExternalId'), 'an-id', 'the values are filled in');
    t.equal(await page.inputValue('#param-Secret'), '', 'but for what is masked');
    await page.check('#acknowledge');
    await page.click('#submit-update');
    t.match(await page.textContent('#update-form .failure'), 'No updates are to be performed.');
    await page.fill('#param-ExternalId', 'new-id');
    await page.click('#submit-update');
    await page.locator('#stack-status', { hasText: /^UPDATE_COMPLETE$/ }).waitFor();
    t.equal(await page.locator('#update-form').count(), 0);
    t.match(await page.textContent('#events'), 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    t.match(await page.textContent('#overview'), 'new-id');

    await page.click('#update-stack');
    await page.fill('#update-template-url', `${sandbox.url}/published/missing.json`);
    await page.press('#update-template-url', 'Tab');
    await page.locator('#update-form .failure', { hasText: 'The specified key does not exist' }).waitFor();
    await page.fill('#update-template-url', await another(sandbox));
    await page.press('#update-template-url', 'Tab');
    await page.locator('#param-Added').waitFor();
    t.equal(await page.inputValue('#param-Added'), 'preset');
    t.equal(await page.inputValue('#param-ExternalId'), 'new-id');
    await page.check('#acknowledge');
    await page.click('#submit-update');
    await page.locator('#outputs', { hasText: 'preset' }).waitFor();

    await page.click('#delete-stack');
    await page.locator('#stack-status', { hasText: 'DELETE_COMPLETE' }).waitFor();
    t.ok(await page.locator('#delete-stack').isDisabled());
  },
);
