/** The browser's back/forward cache, which Playwright switches off unless told otherwise. */
import config from '../../playwright.config.ts';
import { expect, receipt, test, ui } from './site.ts';

test.use({ launchOptions: { ...config.use?.launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] } });

const html = (snippet: string, body: string): string =>
  `<!doctype html><html lang="en"><head><title>A page</title>${snippet}</head><body>${body}</body></html>`;

test('the back/forward cache: a choice made on the next page holds when this one comes back', async ({
  page,
  site,
  snippet,
  trackers,
}) => {
  const watch = `<script>addEventListener('pageshow', (event) => { window.persisted = event.persisted; });</script>`;
  const chat = `<script type="text/plain" data-consent="drift" data-src="${trackers.origin}/chat.js"></script>`;
  const a = site.page('/a', html(snippet, `<h1>A</h1>${watch}${chat}`));
  const b = site.page('/b', html(snippet, `<h1>B</h1>${chat}`));
  await page.goto(a);
  await expect(ui(page).banner).toBeVisible();
  await page.goto(b);
  await ui(page).acceptAll.click();
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
  await receipt(page);
  await page.goBack({ waitUntil: 'commit' });
  await expect(page.getByRole('heading', { name: 'A' })).toBeVisible();
  await expect(ui(page).banner).toHaveCount(0);
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(2);
  expect(await page.evaluate(() => (window as any).persisted)).toBe(true);
});
