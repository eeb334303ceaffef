/** A browser with an extension that hides things as ad blockers do: by style sheets of the user's origin. */
import { chromium, type BrowserContext, type Page } from '@playwright/test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import config from '../../../playwright.config.ts';

/** Has the extension add a style sheet to the page that is open. */
export type Hide = (css: string) => Promise<void>;

/** Starts the browser, hands over a page of it, and closes it. */
export async function withBlocker(use: (page: Page, hide: Hide) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'placet-blocker-'));
  const manifest = {
    manifest_version: 3,
    name: 'A blocker',
    version: '1',
    permissions: ['scripting', 'tabs'],
    host_permissions: ['<all_urls>'],
    background: { service_worker: 'worker.js' },
  };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'worker.js'), '');
  const { executablePath, args = [] } = config.use?.launchOptions ?? {};
  const context: BrowserContext = await chromium.launchPersistentContext('', {
    ...(executablePath && { executablePath }),
    ignoreDefaultArgs: ['--disable-extensions'],
    args: [...args, `--disable-extensions-except=${folder}`, `--load-extension=${folder}`],
    locale: 'en-GB',
  });
  try {
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
    const hide: Hide = (css) =>
      worker.evaluate(async (css) => {
        const { chrome } = globalThis as any;
        const [tab] = await chrome.tabs.query({ active: true });
        await chrome.scripting.insertCSS({ target: { tabId: tab.id }, css, origin: 'USER' });
      }, css);
    await use(await context.newPage(), hide);
  } finally {
    await context.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
