import type { Page } from 'playwright-core';
import t from 'tap';
import { complaintsOf, keepScreenshot, launchBrowser } from '../support/browser.js';
import { startDeployment } from '../support/deployment.js';
import { ask, endFaults } from '../support/onboardings.js';
import { HOSTILE_NAME, pageScenes } from '../support/page-scenes.js';
import { api, createStack, eventually, invite, settledStack } from '../support/world.js';

const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#3b5bdb"/>' +
  '<path d="M9 23 16 8l7 15" fill="none" stroke="#fff" stroke-width="3"/></svg>';

const operator = {
  OPERATOR_NAME: 'Example Security Ltd',
  OPERATOR_SUPPORT: 'mailto:access@example.com',
  OPERATOR_LOGO: `${t.testdir({ 'logo.svg': logo })}/logo.svg`,
};
const { world, service, accountsOf } = await startDeployment(t, {
  propagationMs: 1_000,
  resourceDelayMs: 50,
  environment: operator,
});
const browser = await launchBrowser(t);

const state = (page: Page, word: string) => page.waitForSelector(`#launch-state[data-state="${word}"]`);

/** Goes from the page to the console and makes the stack there, with some values changed by hand. */
async function launchStack(page: Page, account: string, edit: Record<string, string> = {}): Promise<Page> {
  const [console] = await Promise.all([page.context().waitForEvent('page'), page.click('#launch-stack')]);
  await console.waitForSelector('#param-ExternalId');
  for (const [name, value] of Object.entries(edit)) await console.fill(`#param-${name}`, value);
  await console.fill('#account', account);
  await console.check('#acknowledge');
  await console.click('#create-stack');
  return console;
}

t.test('each way of reporting back ends in a page that says connected, and shows who asked', async (t) => {
  for (const [place, callback] of (['sns', 'lambda', 'none'] as const).entries()) {
    const client = await invite(service, { name: 'Northwind Traders', callback });
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    await page.goto(client.launch.pageUrl);
    t.ok(await page.evaluate('document.querySelector(".logo").naturalWidth > 0'), 'the logo is shown');
    await keepScreenshot(page, `story-${callback}-1-waiting`);
    const account = `50000000000${place}`;
    const console = await launchStack(page, account);
    if (callback === 'none') {
      await page.fill('#account-number', account);
      await page.press('#account-number', 'Enter');
    }
    // A busy machine may be told of both at once.
    await page.waitForSelector('#launch-state:is([data-state="verifying"], [data-state="connected"])');
    await keepScreenshot(page, `story-${callback}-2-verifying`);
    await state(page, 'connected');
    await keepScreenshot(page, `story-${callback}-3-connected`);
    await console.locator('#stack-status', { hasText: 'CREATE_COMPLETE' }).waitFor();
    t.match(await page.locator('footer').textContent(), /Questions\? access@example\.com/);
    t.same(complaints, [], callback);
    await context.close();
  }
});

t.test('an external ID that was edited in the console is refused, and the page says why', async (t) => {
  const client = await invite(service, { name: 'Northwind Traders' });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(client.launch.pageUrl);
  const console = await launchStack(page, '500000000011', { ExternalId: 'something-of-my-own' });
  await state(page, 'rejected');
  t.match(await page.locator('.failure').textContent(), /external ID/i);
  t.match(await page.locator('.failure').textContent(), /Questions\? access@example\.com/);
  await page.locator('#launch-stack', { hasText: 'Launch stack again' }).waitFor();
  await keepScreenshot(page, 'story-edited-id');
  await console.locator('#stack-status', { hasText: /ROLLBACK_COMPLETE/ }).waitFor();
  await keepScreenshot(console, 'story-edited-id-console');
  await context.close();
});

t.test('where an organization denies Lambda, the page stays and says what that looks like', async (t) => {
  await ask(world, { name: 'lambda-forbidden', account: '500000000012' });
  const client = await invite(service, { name: 'Northwind Traders', callback: 'lambda' });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(client.launch.pageUrl);
  const console = await launchStack(page, '500000000012');
  await console.locator('#stack-status', { hasText: /ROLLBACK_COMPLETE/ }).waitFor();
  await keepScreenshot(console, 'story-lambda-denied-console');
  await state(page, 'waiting');
  t.match(await page.locator('.start-over').textContent(), /your organization does not allow functions/);
  await keepScreenshot(page, 'story-lambda-denied');
  await endFaults(world);
  await context.close();
});

t.test('an expired link offers nothing, and tells whom to ask', async (t) => {
  const make = pageScenes(world, service, operator)['expired'];
  const scene = await make?.();
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(scene?.url ?? '');
  await state(page, 'expired');
  t.equal(await page.locator('#launch-stack').count(), 0);
  t.match(await page.locator('.panel').textContent(), /Questions\? access@example\.com/);
  await keepScreenshot(page, 'story-expired');
  await page.close();
  await scene?.end?.();
});

t.test('a phone at night has room for all of it, whatever the client is called', async (t) => {
  const page = await browser.newPage({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
  const complaints = complaintsOf(page);
  for (const callback of ['sns', 'none']) {
    const client = await invite(service, { callback, name: HOSTILE_NAME });
    await page.goto(client.launch.pageUrl);
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
    t.ok((await page.locator('.facts').textContent())?.includes(HOSTILE_NAME), 'the name is text');
    await keepScreenshot(page, `story-phone-dark-${callback}`);
    const box = await page.locator('#launch-stack').boundingBox();
    t.ok((box?.height ?? 0) >= 44, 'the button is as large as a thumb');
  }
  t.same(complaints, []);
  await page.close();
});

t.test('a region that nobody chose is chosen on the page, and the stack may report from there', async (t) => {
  for (const [place, callback] of (['sns', 'lambda'] as const).entries()) {
    const client = await invite(service, { callback });
    const context = await browser.newContext();
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    await page.goto(client.launch.pageUrl);
    t.equal(await page.inputValue('#region'), 'us-east-1');
    await page.selectOption('#region', 'eu-west-1');
    await page.locator('#launch-hint', { hasText: 'eu-west-1' }).waitFor();
    t.match(await page.getAttribute('#launch-stack', 'href'), /home\?region=eu-west-1#/);
    t.match(await page.locator('#aws-cli').textContent(), /--region eu-west-1/);
    await keepScreenshot(page, `story-region-${callback}`);
    await page.reload();
    t.equal(await page.inputValue('#region'), 'eu-west-1', 'the address keeps it');
    await launchStack(page, `50000000002${place}`);
    await state(page, 'connected');
    t.match(await accountsOf(client), [{ region: 'eu-west-1', status: 'connected' }]);
    const { body } = await api(service, 'GET', `/v1/clients/${client.id}`);
    t.equal(body.launch.region, 'us-east-1', 'nothing is stored');
    t.same(complaints, []);
    await context.close();
  }
});

t.test('a number that is being typed outlives the choice of a region', async (t) => {
  const client = await invite(service, { callback: 'none' });
  const page = await browser.newPage();
  await page.goto(client.launch.pageUrl);
  await page.fill('#account-number', '50000');
  await page.selectOption('#region', 'eu-north-1');
  await page.locator('#said', { hasText: 'eu-north-1' }).waitFor({ state: 'attached' });
  t.equal(await page.inputValue('#account-number'), '50000');
  await page.close();
});

t.test('without a script the region is chosen by a form, and stays when the number is entered', async (t) => {
  const client = await invite(service, { callback: 'none' });
  const context = await browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 390, height: 844 },
  });
  const page = await context.newPage();
  await page.goto(client.launch.pageUrl);
  await page.selectOption('#region', 'ap-southeast-2');
  await page.getByRole('button', { name: 'Use this region' }).click();
  await page.waitForURL(/\?region=ap-southeast-2$/);
  t.match(await page.getAttribute('#launch-stack', 'href'), /region=ap-southeast-2#/);
  await keepScreenshot(page, 'story-no-script');
  await page.fill('#account-number', 'nonsense');
  await page.press('#account-number', 'Enter');
  await page.locator('#account-fault', { hasText: '12 digits' }).waitFor();
  t.equal(await page.inputValue('#region'), 'ap-southeast-2');
  await page.fill('#account-number', '500000000031');
  await page.press('#account-number', 'Enter');
  await state(page, 'verifying');
  t.match(page.url(), /\?region=ap-southeast-2$/);
  const launch = { ...client.launch, region: 'ap-southeast-2' };
  await settledStack(world, await createStack(world, { ...client, launch }, { account: '500000000031' }));
  await eventually(
    async () => {
      await page.reload();
      return page.locator('#launch-state').getAttribute('data-state');
    },
    (word) => word === 'connected',
  );
  t.match(await page.locator('.note').textContent(), /in the region that it was made in/);
  await context.close();
});

t.test('a region that is none is answered with the page, and one that the platform gave stays', async (t) => {
  const open = await invite(service);
  const page = await browser.newPage();
  for (const region of ['mars-1', 'cn-north-1', '%22%3E%3Cscript%3E', 'us-east-1&region=us-east-2']) {
    const answer = await page.goto(`${open.launch.pageUrl}?region=${region}`);
    t.equal(answer?.status(), 200, region);
    t.match(await page.locator('#region-fault').textContent(), /There is no AWS region/, region);
    t.equal(await page.inputValue('#region'), 'us-east-1');
  }
  await keepScreenshot(page, 'story-region-unknown');
  const later = await api(service, 'POST', `/v1/clients/${open.id}/launches`, {});
  await page.goto(later.body.pageUrl);
  t.equal(await page.locator('#region').count(), 1, 'a later link leaves it open as well');
  const other = await api(service, 'POST', `/v1/clients/${open.id}/launches`, { region: 'us-east-1' });
  const given = await invite(service, { region: 'us-east-1' });
  for (const { pageUrl } of [other.body, given.launch]) {
    await page.goto(`${pageUrl}?region=eu-west-1`);
    t.equal(await page.locator('#region').count(), 0);
    t.match(await page.getAttribute('#launch-stack', 'href'), /region=us-east-1#/);
  }
  await page.close();
});

t.test('whoever comes back to the stream with the last id is told nothing twice', async (t) => {
  const client = await invite(service, { callback: 'none' });
  const address = `${client.launch.pageUrl}/events`;
  const first = await readStream(address, {}, (text) => /data: .*\n\n/.test(text));
  const [, id = ''] = /^id: (\S+)$/m.exec(first) ?? [];
  t.match(id, /^[\w-]{12}$/);
  const { pathname } = new URL(client.launch.pageUrl);
  const entering = () => api(service, 'POST', `${pathname}/account`, { accountId: '500000000041' });
  const second = await readStream(address, { 'last-event-id': id }, (text) => /data: /.test(text), entering);
  t.equal(second.match(/^data: /gm)?.length, 1, 'one event');
  t.match(second, /500000000041/, 'which is the news');
  t.notMatch(second, `id: ${id}\n`, 'and not what was told before');
  const unknown = await readStream(address, { 'last-event-id': 'x' }, (text) => /data: .*\n\n/.test(text));
  t.match(unknown, /500000000041/, 'an id of no event is told how things stand');
});

/** Reads a stream until it has what is wanted; does something as soon as it has spoken at all. */
async function readStream(
  address: string,
  headers: Record<string, string>,
  isEnough: (text: string) => boolean,
  act: () => Promise<unknown> = async () => null,
): Promise<string> {
  const leave = new AbortController();
  const { body } = await fetch(address, { headers, signal: leave.signal });
  const parts = body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let acted = false;
  while (!isEnough(text)) {
    text += (await parts?.read())?.value ?? '';
    if (!acted) await act();
    acted = true;
  }
  leave.abort();
  return text;
}

t.test('the logo is served alone, as what it is, and could run nothing', async (t) => {
  const answer = await fetch(`${service.url}/assets/operator-logo`);
  t.match(Object.fromEntries(answer.headers), {
    'content-type': 'image/svg+xml',
    'content-security-policy': /^sandbox; default-src 'none'/,
    'x-content-type-options': 'nosniff',
  });
  t.equal(await answer.text(), logo);
});
