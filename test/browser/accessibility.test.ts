import axe from 'axe-core';
import type { Page } from 'playwright-core';
import t from 'tap';
import { complaintsOf, keepScreenshot, launchBrowser } from '../support/browser.js';
import { startDeployment } from '../support/deployment.js';
import { pageScenes } from '../support/page-scenes.js';

const operator = {
  CENTRAL_ACCOUNT_ID: '999988887777',
  // What is published for it is another test's.
  TEMPLATE_CHECK: 'skip',
  OPERATOR_SUPPORT: 'https://example.com/help',
  OPERATOR_LOGO: `${t.testdir({ 'logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>' })}/logo.svg`,
};

const { world, service } = await startDeployment(t, { environment: operator });
const browser = await launchBrowser(t);

const looks = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 320 },
  { colorScheme: 'dark', width: 320 },
] as const;

t.test('no page, however it is looked at, is in the way of anybody', async (t) => {
  for (const [name, make] of Object.entries(pageScenes(world, service, operator))) {
    const scene = await make();
    const page = await browser.newPage({ reducedMotion: 'reduce' });
    const complaints = complaintsOf(page);
    await page.setExtraHTTPHeaders(scene.headers ?? {});
    await page.goto(scene.url);
    for (const { colorScheme, width } of looks) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await keepScreenshot(page, `a11y-${name}-${colorScheme}-${width}`);
      const look = `${name}, ${colorScheme}, ${width} px`;
      t.equal(await page.evaluate('document.documentElement.scrollWidth'), width, `${look}: as wide`);
      t.strictSame(await violationsOf(page), [], `${look}: no violation`);
    }
    const others = complaints.filter((text) => !/unknown$|sign-in$/.test(name) || !/40[14]/.test(text));
    t.strictSame(others, [], `${name}: nothing is refused by the policy`);
    await page.close();
    await scene.end?.();
  }
});

/** What axe finds, a line each. Its source runs as a debugger's does, outside the page's policy. */
async function violationsOf(page: Page): Promise<string[]> {
  // Hidden parts that open are looked at as well.
  await page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true; })');
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>(
    'axe.run(document, { resultTypes: ["violations"] })',
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`),
  );
}
