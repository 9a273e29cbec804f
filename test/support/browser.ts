import { mkdir } from 'node:fs/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Test } from 'tap';

/** Debian's Chromium, headless, talking to nobody but the pages under test; closed when they are done. */
export async function launchBrowser(t: Pick<Test, 'teardown'>): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      ...[
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
      ],
      ...[
        '--disable-component-update',
        '--disable-sync',
        '--disable-default-apps',
        '--no-default-browser-check',
      ],
    ],
  });
  t.teardown(() => browser.close());
  // A busy machine takes longer than Playwright's 30 s now and then; pages are opened in contexts of their own.
  const open = browser.newContext.bind(browser);
  browser.newContext = async (options) => {
    const context = await open(options);
    context.setDefaultTimeout(120_000);
    return context;
  };
  return browser;
}

/** Keeps what a person would see, for people to look at. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  await mkdir('.screenshots', { recursive: true });
  await page.screenshot({ path: `.screenshots/${name}.png`, fullPage: true });
}

/** Collects whatever a page complains about: script errors, refused loads, policy violations. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return complaints;
}
