import t from 'tap';
import { complaintsOf, keepScreenshot, launchBrowser } from '../support/browser.js';
import { startDeployment } from '../support/deployment.js';
import { ask, endFaults } from '../support/onboardings.js';
import { api, createStack, eventually, invite, settledStack } from '../support/world.js';

const { world, service } = await startDeployment(t, { resourceDelayMs: 100 });
const browser = await launchBrowser(t);

t.test('from the launch page through the console to connected, without a reload', async (t) => {
  const client = await invite(service, { name: 'Zoë & Søns; <b>#1</b>' });
  const context = await browser.newContext();
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  await page.goto(client.launch.pageUrl);
  let reloads = 0;
  page.on('framenavigated', () => {
    reloads += 1;
  });
  t.equal(await page.locator('#launch-state').getAttribute('data-state'), 'waiting');
  t.match(await page.locator('body').innerText(), /Zoë & Søns; <b>#1<\/b>/, 'the name is text, not markup');
  await keepScreenshot(page, 'launch-waiting');

  const [console] = await Promise.all([context.waitForEvent('page'), page.click('#launch-stack')]);
  const consoleComplaints = complaintsOf(console);
  await console.waitForSelector('#param-ExternalId');
  t.equal(await console.inputValue('#param-ExternalId'), client.externalId);
  t.equal(await console.inputValue('#param-CallbackUrl'), client.launch.callbackUrl);
  t.equal(await console.inputValue('#stack-name'), client.launch.stackName);
  await console.fill('#account', '200000000001');
  await console.check('#acknowledge');
  await keepScreenshot(console, 'console-review');
  // Denied like a role that is not known everywhere yet, until the page says so.
  await ask(world, { name: 'rcp-deny', account: '200000000001' });
  await console.click('#create-stack');

  await page.waitForSelector('#launch-state[data-state="verifying"]');
  await keepScreenshot(page, 'launch-verifying');
  await endFaults(world);
  await page.waitForSelector('#launch-state[data-state="connected"]');
  t.match(await page.locator('#launch-state').textContent(), /connected/i);
  t.equal(reloads, 0, 'the page was not loaded again');
  await keepScreenshot(page, 'launch-connected');
  await console.locator('#stack-status', { hasText: 'CREATE_COMPLETE' }).waitFor();
  await keepScreenshot(console, 'console-complete');
  t.same(complaints, []);
  t.same(consoleComplaints, []);
  await context.close();
});

t.test('the page turns as a whole, and an answer from before it turned does not turn it back', async (t) => {
  const client = await invite(service);
  const page = await browser.newPage();
  await page.goto(client.launch.pageUrl);
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let asked = 0;
  await page.route(client.launch.pageUrl, async (route) => {
    asked += 1;
    if (asked > 1) return route.continue();
    const response = await route.fetch();
    await released;
    await route.fulfill({ response });
  });
  // What a person could see, whenever anything changes.
  await page.evaluate(`globalThis.seen = [];
    new MutationObserver(() => seen.push([
      document.body.dataset.state,
      document.getElementById('launch-state').dataset.state,
    ])).observe(document, { subtree: true, childList: true, attributes: true });`);

  await ask(world, { name: 'rcp-deny', account: '200000000002' });
  const stack = await createStack(world, client, { account: '200000000002' });
  await eventually(
    async () => asked,
    (times) => times > 0,
  );
  await endFaults(world);
  await settledStack(world, stack);
  await page.waitForSelector('#launch-state[data-state="connected"]');
  const isAnswered = page.waitForEvent(
    'requestfinished',
    (request) => request.url() === client.launch.pageUrl,
  );
  release();
  await isAnswered;
  await page.evaluate('new Promise((done) => setTimeout(done, 300))');
  const seen = await page.evaluate<string[][]>('seen');
  t.same(
    seen.filter(([whole, heading]) => whole !== heading),
    [],
  );
  const turns = seen.map(([whole]) => whole).filter((state, at, all) => state !== all[at - 1]);
  t.equal(turns.indexOf('connected'), turns.length - 1, turns.join());
  await page.close();
});

t.test('a page that is not to be had when progress turns is asked for again', async (t) => {
  const client = await invite(service);
  const page = await browser.newPage();
  await page.goto(client.launch.pageUrl);
  const busy = { status: 503, contentType: 'application/problem+json', body: '{}' };
  let isBusy = true;
  await page.route(client.launch.pageUrl, (route) => (isBusy ? route.fulfill(busy) : route.continue()));
  const refused = page.waitForResponse((answer) => answer.status() === 503);
  await settledStack(world, await createStack(world, client, { account: '200000000003' }));
  await eventually(
    async () => (await api(service, 'GET', `/v1/clients/${client.id}`)).body.status,
    (status) => status === 'connected',
  );
  await refused;
  isBusy = false;
  await page.waitForSelector('#launch-state[data-state="connected"]');
  t.equal(await page.locator('#launch-stack').count(), 0, 'with all that belongs to it');
  await page.close();
});

t.test('of two regions that are chosen one after the other, the last one counts', async (t) => {
  const client = await invite(service);
  const page = await browser.newPage();
  await page.goto(client.launch.pageUrl);
  // News that come meanwhile would have the page asked for anew in any case.
  await page.evaluate('new Promise((done) => setTimeout(done, 1_000))');
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(/region=eu-west-1$/, async (route) => {
    await released;
    await route.continue();
  });
  await page.selectOption('#region', 'eu-west-1');
  await page.selectOption('#region', 'eu-north-1');
  await page.locator('#launch-hint', { hasText: 'eu-north-1' }).waitFor();
  const isAnswered = page.waitForEvent('requestfinished', (request) => request.url().endsWith('eu-west-1'));
  release();
  await isAnswered;
  await page.evaluate('new Promise((done) => setTimeout(done, 300))');
  t.match(await page.getAttribute('#launch-stack', 'href'), /home\?region=eu-north-1#/);
  t.match(await page.locator('#said').textContent(), /eu-north-1/);
  await page.close();
});

t.test('a page of a connected account follows what becomes of its link', async (t) => {
  const client = await invite(service, { maxAccounts: 2 });
  const page = await browser.newPage();
  await page.goto(client.launch.pageUrl);
  await settledStack(world, await createStack(world, client, { account: '200000000005' }));
  await page.waitForSelector('#launch-state[data-state="connected"]');
  t.equal(await page.locator('#launch-stack').count(), 1, 'it lets in another account');
  await api(service, 'DELETE', `/v1/clients/${client.id}/launches/${client.launch.id}`);
  await page.waitForSelector('#launch-state[data-offer="revoked"]');
  t.equal(await page.locator('#launch-stack').count(), 0, 'and no more, once it is withdrawn');
  await page.close();
});

t.test('a page whose link is withdrawn while it is open says so', async (t) => {
  const client = await invite(service, { callback: 'none' });
  const [page, typing] = [await browser.newPage(), await browser.newPage()];
  for (const one of [page, typing]) await one.goto(client.launch.pageUrl);
  t.equal((await api(service, 'DELETE', `/v1/clients/${client.id}`)).status, 204);
  await typing.fill('#account-number', '200000000004');
  await typing.press('#account-number', 'Enter');
  for (const one of [typing, page]) await one.locator('h1', { hasText: 'This link is not known' }).waitFor();
  t.equal(await typing.locator('#account-number').count(), 0);
  await page.close();
  await typing.close();
});

t.test('a link that nobody has says so', async (t) => {
  const page = await browser.newPage();
  const answer = await page.goto(`${service.url}/launch/${'A'.repeat(64)}`);
  t.equal(answer?.status(), 404);
  t.match(await page.locator('h1').textContent(), /link/i);
  await keepScreenshot(page, 'launch-unknown');
  await page.close();
});

t.test('the documentation works offline, under its content security policy', async (t) => {
  const page = await browser.newPage();
  const complaints = complaintsOf(page);
  const requested: string[] = [];
  page.on('request', (request) => requested.push(new URL(request.url()).origin));
  await page.goto(`${service.url}/docs`);
  await page.waitForSelector('.opblock');
  t.same(
    [...new Set(requested)].filter((origin) => origin !== service.url && origin !== 'null'),
    [],
  );
  t.same(complaints, []);
  await keepScreenshot(page, 'docs');
  await page.close();
});
