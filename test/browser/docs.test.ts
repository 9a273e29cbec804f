import t from 'tap';
import { complaintsOf, keepScreenshot, launchBrowser } from '../support/browser.js';
import { startDeployment } from '../support/deployment.js';
import { KEY } from '../support/world.js';

const { service } = await startDeployment(t);
const browser = await launchBrowser(t);

t.test('the reference loads nothing from elsewhere, and calls the API from the page', async (t) => {
  const page = await browser.newPage();
  const complaints = complaintsOf(page);
  const elsewhere: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(service.url) && !request.url().startsWith('data:'))
      elsewhere.push(request.url());
  });
  await page.goto(`${service.url}/docs`);
  const operation = page.locator('#operations-Clients-inviteClient');
  await operation.waitFor();
  await keepScreenshot(page, 'reference');
  await page.click('.authorize');
  await page.fill('.modal-ux input', KEY);
  await page.click('.modal-ux button.authorize');
  await page.click('.modal-ux button.btn-done');
  await operation.locator('.opblock-summary-control').click();
  await operation.locator('.try-out__btn').click();
  await operation.locator('textarea.body-param__text').fill('{ "name": "Tried from the page" }');
  await operation.locator('.execute').click();
  const answer = operation.locator('.live-responses-table');
  await answer.waitFor();
  t.match(await answer.textContent(), /201.*Tried from the page/s);
  t.strictSame([...complaints, ...elsewhere], []);
});
