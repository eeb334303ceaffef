/** How long things last, in which language they speak, and that they are there once. */
import AxeBuilder from '@axe-core/playwright';
import { complaints, cookie, expect, receipt, test, ui } from './site.ts';

const DAY = 86_400_000;

test('a choice stands after 179 days and is asked for again after 181, with its receipt gone', async ({
  page,
  shop,
  trackers,
}) => {
  const now = Date.now();
  await page.clock.setFixedTime(now);
  await page.goto(shop);
  await ui(page).acceptAll.click();
  await receipt(page);
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);

  await page.clock.setFixedTime(now + 179 * DAY);
  await page.reload();
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(2);
  await expect(ui(page).banner).toHaveCount(0);
  await receipt(page);

  // What was granted has come in full, so that nothing of it is counted later.
  await expect.poll(() => trackers.hits().byPath['/collect']).toBe(2);
  trackers.clear();
  await page.clock.setFixedTime(now + 181 * DAY);
  await page.reload();
  await expect(ui(page).banner).toBeVisible();
  await expect.poll(() => page.evaluate(() => localStorage.getItem('placet-consent-id'))).toBeNull();
  expect(trackers.hits().total).toBe(0);
});

test('the cookie lasts 180 days, on the whole site, and says in clear text what is granted', async ({ page, shop }) => {
  await page.goto(shop);
  await ui(page).refuseAll.click();
  await expect.poll(() => cookie(page)).toBeDefined();
  const kept = (await page.context().cookies()).find(({ name }) => name === 'euconsent');
  expect(kept).toMatchObject({ path: '/', sameSite: 'Lax', secure: false });
  expect(Math.round((kept as { expires: number }).expires - Date.now() / 1000) / 86_400).toBeCloseTo(180, 2);
  const text = decodeURIComponent((kept as { value: string }).value);
  expect(text).toContain('"drift":false');
  expect(text).toContain('"session":true');
  expect(text).not.toMatch(/\s/);
});

for (const [lang, accept] of [
  ['en', 'Accept all'],
  ['fr', 'Tout accepter'],
  ['nl', 'Alles accepteren'],
] as const) {
  test(`the page's language decides: ${lang}`, async ({ page, shop }) => {
    await page.goto(`${shop}&lang=${lang}`);
    await expect(ui(page).acceptAll).toHaveText(accept);
    await expect(ui(page).banner).toHaveAttribute('lang', lang);
  });
}

test('the language may be forced by the snippet, and before it by the page', async ({ page, site, snippet }) => {
  const nl = snippet.replace('widget=43', 'widget=43&lang=nl');
  await page.goto(site.page('/nl', `<!doctype html><html lang="en"><title>nl</title>${nl}`));
  await expect(ui(page).acceptAll).toHaveText('Alles accepteren');
  const set = `<script>window.placet = [['set', 'lang', 'fr']]</script>`;
  await page.goto(site.page('/fr', `<!doctype html><html lang="en"><title>fr</title>${set}${nl}`));
  await expect(ui(page).acceptAll).toHaveText('Tout accepter');
});

test('a language that the widget lacks falls back to what the browser speaks, and to its first', async ({
  page,
  site,
  snippet,
}) => {
  await page.goto(site.page('/de', `<!doctype html><html lang="de"><title>de</title>${snippet}`));
  await expect(ui(page).acceptAll).toHaveText('Accept all');
});

test('pasted twice: one banner, one proof', async ({ page, site, snippet, server }) => {
  const posts: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().startsWith(server.origin)) posts.push(request.url());
  });
  const errors = complaints(page);
  await page.goto(site.page('/twice', `<!doctype html><title>twice</title>${snippet}<p>and again</p>${snippet}`));
  await ui(page).acceptAll.click();
  await receipt(page);
  await expect(page.locator('[id="placet"]')).toHaveCount(1);
  expect(posts).toHaveLength(1);
  expect(errors).toEqual([]);
});

test('scripts run once, in the order in which they stand, as they were written', async ({
  page,
  site,
  snippet,
  trackers,
}) => {
  const late = `setTimeout(() => {
    const script = document.createElement('script');
    script.type = 'text/plain';
    script.dataset.consent = 'analytics';
    script.text = "order.push('added later')";
    document.body.append(script);
  })`;
  const html = `<!doctype html><title>order</title>${snippet}<script>window.order = [];</script>
    <script type="text/plain" data-consent="analytics">order.push('first')</script>
    <script type="text/plain" data-consent="analytics" data-src="${trackers.origin}/analytics.js" id="second" crossorigin="anonymous"></script>
    <script type="text/plain" data-consent="drift">order.push('refused')</script>
    <script type="text/plain" data-consent-purpose="Analytical">order.push('third ' + document.cookie.includes('_ga='))</script>
    <script type="text/plain" data-consent="nobody">order.push('unknown')</script>
    <script type="text/plain" data-consent="analytics" data-type="module">order.push('module')</script>
    <body><script>${late}</script>`;
  await page.goto(site.page('/order', html));
  await ui(page).settings.click();
  await ui(page).service('analytics').check();
  await ui(page).save.click();
  const order = () => page.evaluate(() => (window as unknown as { order: string[] }).order);
  await expect.poll(order).toHaveLength(4);
  expect((await order()).filter((name) => name !== 'module')).toEqual(['first', 'third true', 'added later']);
  await expect(page.locator('#second')).toHaveAttribute('crossorigin', 'anonymous');
  expect(trackers.hits().byPath['/analytics.js']).toBe(1);
});

test('closing the settings is no choice: the banner still asks', async ({ page, shop, trackers }) => {
  await page.goto(shop);
  await ui(page).settings.click();
  await expect(ui(page).preferences).toBeVisible();
  await expect(ui(page).purpose('Necessary')).toBeDisabled();
  for (const label of ['Preference', 'Analytical', 'Marketing'])
    await expect(ui(page).purpose(label)).not.toBeChecked();
  await page.keyboard.press('Escape');
  await expect(ui(page).preferences).toHaveCount(0);
  await expect(ui(page).settings).toBeFocused();
  await expect(ui(page).banner).toBeVisible();
  expect(await cookie(page)).toBeUndefined();
  expect(trackers.hits().total).toBe(0);
});

test('the choice can be changed: the settings open as it stands, and the new proof names the old one', async ({
  page,
  shop,
  server,
}) => {
  await page.goto(shop);
  await ui(page).acceptAll.click();
  const first = await receipt(page);
  await page.reload();
  await page.locator('[data-open-settings]').click();
  await expect(ui(page).purpose('Marketing')).toBeChecked();
  await ui(page).service('drift').uncheck();
  await expect(ui(page).purpose('Marketing')).not.toBeChecked();
  await ui(page).save.click();
  await expect.poll(async () => (await receipt(page)).consentId).not.toBe(first.consentId);
  expect(await cookie(page)).toMatchObject({ drift: false, 'google-ads': true });
  const proof = await (await server.proof((await receipt(page)).consentId)).json();
  expect(proof.previousConsentId).toBe(first.consentId);
});

test('nothing in the banner or the settings stands in the way of assistive technology', async ({ page, shop }) => {
  await page.goto(shop);
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await expect(page.getByRole('region', { name: 'Your privacy, your choice' })).toBeVisible();
    expect((await new AxeBuilder({ page }).include('#placet').analyze()).violations).toEqual([]);
    await ui(page).settings.click();
    await expect(page.getByRole('dialog')).toBeVisible();
    expect((await new AxeBuilder({ page }).include('#placet').analyze()).violations).toEqual([]);
    await ui(page).close.click();
  }
});

test('on a small phone the banner leaves half of the screen, and the page scrolls', async ({ page, shop }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  for (const lang of ['en', 'fr', 'nl']) {
    await page.goto(`${shop}&lang=${lang}`);
    await expect(ui(page).banner).toBeVisible();
    const box = await ui(page).banner.boundingBox();
    expect(box?.height).toBeLessThanOrEqual(320);
    expect(box?.width).toBe(360);
  }
  await page.mouse.wheel(0, 300);
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(0);
});
