import t from 'tap';
import { complaintsOf, keepScreenshot, launchBrowser } from '../support/browser.js';
import { startDeployment } from '../support/deployment.js';
import { HOSTILE_NAME, writeFleet } from '../support/page-scenes.js';
import { api } from '../support/world.js';

const { world, service } = await startDeployment(t, {
  environment: { CENTRAL_ACCOUNT_ID: '999988887777', TEMPLATE_CHECK: 'skip' },
});
const browser = await launchBrowser(t);

const group = { name: 'Security-Audit', members: ['alice'], clients: await writeFleet(world, 300) };
const { body: made } = await api(service, 'POST', '/v1/groups', group);
const { body: link } = await api(service, 'POST', `/v1/groups/${made.id}/access-links`, { user: 'alice' });

t.test('of 300 accounts the one that is looked for is found by its name or its number', async (t) => {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  await page.goto(link.url);
  const shown = page.locator('.accounts > li:visible');
  t.equal(await shown.count(), 290);
  t.equal(await page.locator('#count').textContent(), '290 accounts');
  t.match(await page.locator('details.left-out summary').textContent(), '10 in this group cannot be entered');

  const number = String(420_000_000_000 + 123 * 7_919);
  await page.fill('#filter', `FLEET ${number}`);
  t.equal(await shown.count(), 1);
  t.equal(await page.locator('#count').textContent(), '1 of 290 accounts');
  const address = new URL((await shown.locator('a').getAttribute('href')) ?? '');
  t.equal(address.searchParams.get('account'), number);
  // The word is there for 2 s, which may be over before anybody looks.
  await page.evaluate(`new MutationObserver(() => {
    globalThis.saidCopied ||= document.body.innerText.includes('Copied');
  }).observe(document.body, { subtree: true, childList: true, characterData: true })`);
  await shown.locator('button').click();
  await page.waitForFunction('globalThis.saidCopied');
  t.equal(
    await page.evaluate('navigator.clipboard.readText()'),
    `--profile client-123-of-the-fleet-${number}`,
  );
  await page.fill('#filter', String(420_000_000_000));
  t.match(await shown.locator('h2').textContent(), HOSTILE_NAME.slice(0, 12));
  await page.fill('#filter', 'nobody is called so');
  t.equal(await shown.count(), 0);
  t.equal(await page.locator('#count').textContent(), 'None of 290 accounts');
  await page.fill('#filter', '');
  t.equal(await shown.count(), 290);

  const [download] = await Promise.all([page.waitForEvent('download'), page.click('a[download]')]);
  t.equal(download.suggestedFilename(), 'config');
  await keepScreenshot(page, 'access-many');
  t.strictSame(complaints, []);
  await context.close();
});

t.test('without scripts all accounts are there to read and to click', async (t) => {
  const page = await browser.newPage({ javaScriptEnabled: false });
  await page.goto(link.url);
  t.equal(await page.locator('.accounts > li:visible').count(), 290);
  t.equal(await page.locator('.accounts a[href*="/switchrole?account="]').count(), 290);
  t.notOk(await page.locator('.filter').isVisible());
  await page.close();
});
