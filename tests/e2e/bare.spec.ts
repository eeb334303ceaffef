/** Where WebAssembly is forbidden or missing, the banner is seen all the same, and its two answers are kept by the server. */
import type { Page } from '@playwright/test';
import { complaints, cookie, expect, heard, listen, receipt, test, ui } from './site.ts';

const marked = (snippet: string, trackers: string) => `<!doctype html><html lang="en"><title>A page</title>
  ${snippet}
  <h1>A page</h1>
  <script type="text/plain" data-consent="analytics" data-src="${trackers}/analytics.js" nonce="page"></script>
  <script type="text/plain" data-consent="drift" data-src="${trackers}/chat.js" nonce="page"></script>`;

const withoutWebAssembly = (page: Page) => page.addInitScript(() => Reflect.deleteProperty(window, 'WebAssembly'));

test('a policy that forbids WebAssembly: the sentence names the missing word, and nothing opens', async ({
  page,
  site,
  snippet,
  trackers,
  server,
}) => {
  const errors = complaints(page);
  await listen(page);
  const policy = `script-src 'nonce-page' ${server.origin}; connect-src ${server.origin}`;
  await page.goto(site.page('/policy', marked(snippet, trackers.origin), { 'content-security-policy': policy }));
  await expect(ui(page).banner).toBeVisible();
  await expect.poll(() => errors).toHaveLength(1);
  expect(errors[0]).toContain("'wasm-unsafe-eval'");
  expect(await heard(page)).toContain('placet:error');
  expect(trackers.hits().total).toBe(0);

  // Tried again for the answer, it is the same that is missing.
  await ui(page).refuseAll.click();
  await expect(ui(page).banner).toHaveCount(0);
  expect(await cookie(page)).toMatchObject({ drift: false });
  expect(errors.filter((error) => !error.includes("'wasm-unsafe-eval'"))).toEqual([]);
});

test('WebAssembly that could not be loaded is tried again', async ({ page, site, snippet, trackers }) => {
  const errors = complaints(page);
  await page.route(/\.wasm$/, (route) => route.abort(), { times: 1 });
  await page.goto(site.page('/again', marked(snippet, trackers.origin)));
  await expect.poll(() => errors).toEqual([expect.stringContaining('(.wasm) cannot be loaded')]);
  await ui(page).settings.click();
  await expect(ui(page).preferences).toBeVisible();
  expect(errors).toHaveLength(1);
});

for (const [answer, granted] of [
  ['acceptAll', true],
  ['refuseAll', false],
] as const) {
  test(`without WebAssembly ${answer} is kept, proved and made true`, async ({
    page,
    site,
    snippet,
    trackers,
    server,
  }) => {
    const errors = complaints(page);
    await listen(page);
    await withoutWebAssembly(page);
    await page.goto(site.page('/bare', marked(snippet, trackers.origin)));
    await ui(page)[answer].click();
    await expect(ui(page).banner).toHaveCount(0);
    expect(await cookie(page)).toMatchObject({ session: true, analytics: granted, drift: granted });
    const { consentId, expiresAt } = await receipt(page);
    expect((Date.parse(expiresAt) - Date.now()) / 86_400_000).toBeCloseTo(180, 1);

    const proof = await (await server.proof(consentId)).json();
    const consents = proof.consents.cookieConsents.map(({ slug, consent }: any) => [slug, consent]);
    expect(Object.fromEntries(consents)).toEqual({
      session: true,
      youtube: granted,
      analytics: granted,
      drift: granted,
      'google-ads': granted,
    });
    expect(await page.evaluate(() => (window.placet as any).manager.consentId)).toBe(consentId);
    expect(await heard(page)).toContain(granted ? 'placet:consents:all_accepted' : 'placet:consents:any_refused');
    expect(errors).toEqual([expect.stringContaining('no WebAssembly')]);
    if (granted) await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);

    // The choice stands on the next page, which needs neither the server nor WebAssembly.
    const asked: string[] = [];
    page.on('request', (request) => {
      if (/\/v1\/|\.wasm/.test(request.url())) asked.push(request.url());
    });
    await page.reload();
    await page.waitForFunction(() => (window.placet as any)?.manager?.hasConsented());
    await expect(ui(page).banner).toHaveCount(0);
    expect(asked).toEqual([]);
    if (!granted) expect(trackers.hits().total).toBe(0);
  });
}

test('without WebAssembly there are no settings, and a sentence says so', async ({ page, site, snippet, trackers }) => {
  const errors = complaints(page);
  await withoutWebAssembly(page);
  await page.goto(site.page('/no-settings', marked(snippet, trackers.origin)));
  await ui(page).settings.click();
  await expect.poll(() => errors.length).toBeGreaterThan(0);
  expect(errors[0]).toContain('no WebAssembly');
  await expect(ui(page).banner).toBeVisible();
});

test('without WebAssembly and without the server nothing is kept, and the visitor may answer again', async ({
  page,
  site,
  snippet,
  trackers,
}) => {
  const errors = complaints(page);
  await withoutWebAssembly(page);
  await page.goto(site.page('/alone', marked(snippet, trackers.origin)));
  await expect(ui(page).banner).toBeVisible();
  await page.route(/\/answers\?/, (route) => route.abort('connectionrefused'));
  await ui(page).acceptAll.click();
  await expect.poll(() => errors).toContainEqual(expect.stringContaining('the choice could not be kept'));
  await expect(ui(page).banner).toBeVisible();
  expect(await cookie(page)).toBeUndefined();
  expect(trackers.hits().total).toBe(0);

  await page.unrouteAll();
  await ui(page).refuseAll.click();
  await expect(ui(page).banner).toHaveCount(0);
  expect(await cookie(page)).toMatchObject({ drift: false });
});
