import type { Page } from 'playwright-core';
import t from 'tap';
import { complaintsOf, keepScreenshot, launchBrowser } from '../support/browser.js';
import { startDeployment } from '../support/deployment.js';
import { api, createStack, eventually, invite, type Json, settledStack } from '../support/world.js';

const { world, service, accountsOf } = await startDeployment(t, { propagationMs: 1_000 });
const browser = await launchBrowser(t);

const inviteByHand = (fields: object = {}) => invite(service, { callback: 'none', ...fields });
const tokenOf = (client: Json) => new URL(client.launch.pageUrl).pathname.split('/').at(-1);
const enter = (client: Json, body: unknown, headers = {}) =>
  api(service, 'POST', `/launch/${tokenOf(client)}/account`, body, headers);
const stateOf = (page: Page) => page.locator('#launch-state').getAttribute('data-state');

t.test('a number mistyped twice and a stack made last of all still come to connected', async (t) => {
  const client = await inviteByHand();
  const context = await browser.newContext();
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  await page.goto(client.launch.pageUrl);
  let reloads = 0;
  page.on('framenavigated', () => {
    reloads += 1;
  });
  const field = page.locator('#account-number');
  await keepScreenshot(page, 'number-waiting');

  await field.fill('3000 0000 000');
  await field.press('Enter');
  await page.locator('#account-fault', { hasText: 'has 11' }).waitFor();
  t.equal(await field.inputValue(), '3000 0000 000', 'what was entered stays');
  t.equal(await page.evaluate('document.activeElement.id'), 'account-number', 'and has the focus');
  await keepScreenshot(page, 'number-mistyped');
  t.match(complaints.splice(0), [/400/], 'the browser notes the refusal, and nothing else');

  await field.fill('3000-0000-0009');
  await page.getByRole('button', { name: 'Connect this account' }).click();
  await page.waitForSelector('#launch-state[data-state="verifying"]');
  await page.locator('#account-fault:empty').waitFor({ state: 'attached' });
  const attempt = page.getByText(/Verifying \(attempt \d+\)/);
  const first = await attempt.textContent();
  await eventually(
    () => attempt.textContent(),
    (text) => text !== first,
  );
  await keepScreenshot(page, 'number-verifying');

  await field.fill('300000000001');
  await page.getByRole('button', { name: 'Try now' }).click();
  await page.locator('#launch-state', { hasText: '300000000001' }).waitFor();
  t.same(
    (await accountsOf(client)).map(({ accountId }: Json) => accountId),
    ['300000000001'],
    'the number before is forgotten',
  );

  const [console] = await Promise.all([context.waitForEvent('page'), page.click('#launch-stack')]);
  await console.waitForSelector('#param-RoleName');
  t.equal(await console.inputValue('#param-RoleName'), client.launch.stackName);
  await console.fill('#account', '300000000001');
  await console.check('#acknowledge');
  await console.click('#create-stack');

  await page.waitForSelector('#launch-state[data-state="connected"]');
  t.match(await page.locator('#launch-state').textContent(), /300000000001 is connected/);
  t.equal(await field.count(), 0, 'nothing more is asked');
  t.equal(reloads, 0, 'the page was not loaded again');
  t.match(await page.locator('.checks').textContent(), /Refused without it/);
  await keepScreenshot(page, 'number-connected');
  t.same(complaints, []);
  await context.close();
});

t.test('a role that is not safe is refused on the page, which says how to start over', async (t) => {
  const client = await inviteByHand();
  const page = await browser.newPage();
  await page.goto(client.launch.pageUrl);
  await createStack(world, client, {
    account: '300000000002',
    edit: (template) => template.replace(/ +sts:ExternalId: .*\n/, ''),
  });
  await page.fill('#account-number', '300000000002');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#launch-state[data-state="rejected"]');
  t.match(await page.locator('.failure').textContent(), /trust-without-external-id/);
  t.match(await page.locator('.action').textContent(), /Delete the old stack first/);
  t.equal(await page.inputValue('#account-number'), '300000000002');
  await keepScreenshot(page, 'number-refused');
  await page.close();
});

t.test('without a script the form, its faults and the progress are there as well', async (t) => {
  const client = await inviteByHand({ expectedAccountIds: ['300000000003'] });
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const send = async (text: string) => {
    await page.fill('#account-number', text);
    const [answer] = await Promise.all([page.waitForNavigation(), page.press('#account-number', 'Enter')]);
    return answer?.status();
  };
  await page.goto(client.launch.pageUrl);
  t.equal(await page.inputValue('#account-number'), '300000000003', 'the one that is expected');
  t.equal(await send('no number'), 400);
  t.match(await page.locator('#account-fault').textContent(), /12 digits and nothing else/);
  t.equal(await page.inputValue('#account-number'), 'no number');
  t.equal(await send('300000000004'), 422);
  t.match(await page.locator('#account-fault').textContent(), /for other AWS accounts than this one/);
  await page.goto(page.url());
  t.equal(page.url(), client.launch.pageUrl, 'the address of the form leads back to the page');

  await settledStack(world, await createStack(world, client, { account: '300000000003' }));
  t.equal(await send('3000 0000 0003'), 200);
  t.equal(page.url(), client.launch.pageUrl);
  await eventually(
    async () => {
      await page.reload();
      return stateOf(page);
    },
    (state) => state === 'connected',
  );
  await context.close();
});

t.test('a stack with a path of its own is named by its role’s ARN', async (t) => {
  const client = await inviteByHand();
  const account = '300000000005';
  await createStack(world, client, { account, parameters: { RolePath: '/audit/' } });
  const page = await browser.newPage();
  await page.goto(client.launch.pageUrl);
  await page.fill('#account-number', `arn:aws:iam::${account}:role/audit/${client.launch.stackName}`);
  await page.click('#entry button');
  await page.waitForSelector('#launch-state[data-state="connected"]');
  t.match(await accountsOf(client), [{ accountId: account, status: 'connected' }]);
  await page.close();
});

t.test('the page is as wide as a small screen, and its parts are reached by keyboard in order', async (t) => {
  const client = await inviteByHand();
  const page = await browser.newPage({ viewport: { width: 320, height: 640 }, colorScheme: 'dark' });
  await page.goto(client.launch.pageUrl);
  t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320);
  await page.focus('#launch-stack');
  await page.keyboard.press('Tab');
  t.equal(await page.evaluate('document.activeElement.id'), 'account-number');
  t.equal(await page.getByRole('textbox', { name: /account number/ }).count(), 1, 'the field has a name');
  await page.keyboard.press('Tab');
  t.equal(await page.evaluate('document.activeElement.textContent'), 'Connect this account');
  await keepScreenshot(page, 'number-small');
  await page.close();
});

t.test('the account can be named in JSON, and a fault names its field', async (t) => {
  const client = await inviteByHand();
  const { status, body } = await enter(client, { accountId: '3000-0000-0006' });
  t.equal(status, 202);
  t.same(body, {
    accountId: '300000000006',
    roleArn: `arn:aws:iam::300000000006:role/${client.launch.stackName}`,
    status: 'verifying',
  });
  const arn = 'arn:aws:iam::300000000006:role/audit/x';
  t.match(await enter(client, { roleArn: arn }), { status: 202, body: { roleArn: arn } });

  const bad: [what: string, body: unknown, status: number, field: string][] = [
    ['neither', {}, 400, 'accountId'],
    ['both', { accountId: '300000000006', roleArn: arn }, 400, 'roleArn'],
    ['a digit too few', { accountId: '30000000000' }, 400, 'accountId'],
    ['a number that is no text', { accountId: 300000000006 }, 400, 'accountId'],
    ['a user', { roleArn: 'arn:aws:iam::300000000006:user/x' }, 400, 'roleArn'],
    ['an unknown field', { accountId: '300000000006', externalId: 'mine' }, 400, 'externalId'],
    ['the form’s field', { account: '300000000006' }, 400, 'account'],
    ['a list', [], 400, 'body'],
  ];
  for (const [what, sent, wanted, field] of bad) {
    const answer = await enter(client, sent);
    t.equal(answer.status, wanted, what);
    t.match(answer.headers.get('content-type'), 'application/problem+json');
    t.match(answer.body.errors, [{ field }], what);
  }
  const provider = await enter(client, { accountId: '999999999999' });
  t.match(provider, { status: 422, body: { code: 'account-refused', detail: /account-of-provider/ } });
  const reporting = await enter(await invite(service), { accountId: '300000000006' });
  t.match(reporting, { status: 422, body: { code: 'account-refused', detail: /reports by itself/ } });
  const nobody = await api(service, 'POST', `/launch/${'A'.repeat(64)}/account`, {
    accountId: '1'.repeat(12),
  });
  t.match(nobody, { status: 404, body: { code: 'not-found' } });
  const xml = await enter(client, '<x/>', { 'content-type': 'text/xml' });
  t.match(xml, { status: 415, body: { code: 'content-type-unsupported' } });
});

t.test('the stream speaks at once, so that the browser knows that it is connected', async (t) => {
  const client = await inviteByHand();
  const leave = new AbortController();
  const answer = await fetch(`${client.launch.pageUrl}/events`, { signal: leave.signal });
  t.match(answer.headers.get('content-type'), 'text/event-stream');
  t.equal(answer.headers.get('x-accel-buffering'), 'no', 'no proxy is to keep it back');
  const parts = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  t.match((await parts?.read())?.value, /^retry: \d+\n\n/);
  leave.abort();
});

t.test('a form is answered with pages, whatever is wrong with it', async (t) => {
  const send = (path: string, body: string) =>
    fetch(`${service.url}/launch/${path}/account`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
      redirect: 'manual',
    });
  const client = await inviteByHand();
  const well = await send(tokenOf(client) ?? '', 'account=300000000007');
  t.equal(well.status, 303);
  t.equal(new URL(well.headers.get('location') ?? '', service.url).href, client.launch.pageUrl);
  const ill = await send(tokenOf(client) ?? '', 'account=%22%3E%3Cscript%3Ealert(1)%3C/script%3E');
  t.equal(ill.status, 400);
  t.match(ill.headers.get('content-type'), 'text/html');
  t.equal(ill.headers.get('cache-control'), 'no-store');
  t.notMatch(await ill.text(), /<script>/);
  const unknown = await send('A'.repeat(64), 'account=300000000007');
  t.equal(unknown.status, 404);
  t.match(await unknown.text(), /This link is not known/);
  t.equal((await send(tokenOf(client) ?? '', `account=${'1'.repeat(20_000)}`)).status, 413);
});
