/** Documents that are not the usual HTML, and cookies that are not the usual text. */
import type { Page } from '@playwright/test';
import { complaints, cookie, expect, receipt, test, ui } from '../site.ts';

/** Asks, accepts, remembers, and has a proof. */
async function remembers(page: Page, hits: () => number | undefined): Promise<void> {
  await expect(ui(page).banner).toBeVisible();
  expect(hits()).toBeUndefined();
  await ui(page).acceptAll.click();
  await receipt(page);
  await expect.poll(hits).toBe(1);
  expect(await cookie(page)).toMatchObject({ analytics: true });
  await page.reload();
  await expect.poll(hits).toBe(2);
  await expect(ui(page).trigger).toBeVisible();
  await expect(ui(page).banner).toHaveCount(0);
  await ui(page).trigger.click();
  await expect(ui(page).preferences).toBeVisible();
}

for (const type of ['application/xhtml+xml', 'application/xml', 'text/xml']) {
  for (const [about, settings] of [
    ['', {}],
    [', where WebAssembly is forbidden', { 'content-security-policy': "script-src 'unsafe-inline' http:" }],
  ] as const) {
    test(`XHTML as ${type}${about}`, async ({ page, site, snippet, trackers }) => {
      const said = complaints(page);
      const html = `<?xml version="1.0" encoding="UTF-8"?>
        <html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head><title>A shop</title>
          ${snippet.replace(' async', ' async="async"').replace('&', '&amp;')}</head>
        <body><h1>A shop</h1>
          <script type="text/plain" data-consent="analytics" data-src="${trackers.origin}/analytics.js"></script>
        </body></html>`;
      await page.goto(site.page('/xhtml', html, { 'content-type': `${type}; charset=utf-8`, ...settings }));
      if (about) {
        await ui(page).acceptAll.click();
        await expect.poll(() => trackers.hits().byPath['/analytics.js']).toBe(1);
        expect(await cookie(page)).toMatchObject({ analytics: true });
        expect(said.join()).not.toContain('cookies blocked');
      } else {
        await remembers(page, () => trackers.hits().byPath['/analytics.js']);
        expect(said).toEqual([]);
      }
    });
  }
}

test('another cookie with a byte that is not UTF-8', async ({ page, site, snippet, trackers }) => {
  const said = complaints(page);
  const html = `<!doctype html><html lang="en"><title>A shop</title>${snippet}<h1>A shop</h1>
    <script type="text/plain" data-consent="analytics" data-src="${trackers.origin}/analytics.js"></script>`;
  // Headers are sent as Latin-1: this is the byte E9.
  const headers = { 'set-cookie': 'city=Orl\u00e9ans; Path=/' };
  await page.goto(site.page('/latin', html, headers));
  // Otherwise the page is none of those that this is about.
  expect(await page.evaluate(() => document.cookie)).toBe('');
  await remembers(page, () => trackers.hits().byPath['/analytics.js']);
  expect(said).toEqual([]);

  // It comes between, too; and withdrawn is withdrawn.
  await ui(page).purpose('Analytical').uncheck();
  await ui(page).save.click();
  await expect.poll(() => cookie(page)).toMatchObject({ analytics: false });
  await page.reload();
  await expect(ui(page).trigger).toBeVisible();
  expect(trackers.hits().byPath['/analytics.js']).toBe(2);
  expect(said).toEqual([]);
});
