import t from 'tap';
import { complaintsOf, keepScreenshot, launchBrowser } from '../support/browser.js';
import { startDeployment } from '../support/deployment.js';
import { invite } from '../support/world.js';

const { service } = await startDeployment(t, { propagationMs: 2_000, resourceDelayMs: 100 });
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
  await console.click('#create-stack');

  await page.waitForSelector('#launch-state[data-state="verifying"]');
  await keepScreenshot(page, 'launch-verifying');
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
