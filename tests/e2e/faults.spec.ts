/** Whatever goes wrong: nothing opens, the page is unharmed, and one sentence says what to do. */
import type { Page } from '@playwright/test';
import { complaints, cookie, coreIsThere, expect, heard, listen, PlacetServer, receipt, test, ui } from './site.ts';

/** A page with a marked-up script of each service, and one of its own that always runs. */
const marked = (snippet: string, trackers: string) => `<!doctype html><html lang="en"><title>A page</title>
  ${snippet}
  <h1>A page</h1>
  <script type="text/plain" data-consent="analytics" data-src="${trackers}/analytics.js"></script>
  <script type="text/plain" data-consent="drift" data-src="${trackers}/chat.js"></script>
  <script nonce="page">window.alive = true;</script>`;

/** The page stands as its author wrote it: nothing of Placet on it, nothing opened. */
async function expectUnharmed(page: Page): Promise<void> {
  await expect(page.locator('#placet')).toHaveCount(0);
  expect(await page.evaluate(() => 'alive' in window)).toBe(true);
  await expect(page.locator('script[type="text/plain"]')).toHaveCount(2);
}

test('the server is not there: one sentence, and nothing else', async ({ page, site, snippet, trackers, server }) => {
  const errors = complaints(page);
  await listen(page);
  const nowhere = snippet.replace(server.origin, 'http://localhost:1');
  await page.goto(site.page('/no-server', marked(nowhere, trackers.origin)));
  expect(errors, 'a script that never arrives says nothing').toEqual([]);
  await expectUnharmed(page);

  // The script comes from a cache, and the server has gone since.
  await page.route(/\/v1\/|\.wasm|placet-.*\.js/, (route) => route.abort('connectionrefused'));
  await page.goto(site.page('/no-server', marked(snippet, trackers.origin)));
  await expect.poll(() => errors).toHaveLength(1);
  expect(errors[0]).toMatch(/the widget cannot be shown: the server cannot be reached/);
  expect(await heard(page)).toContain('placet:error');
  await expectUnharmed(page);
  expect(trackers.hits().total).toBe(0);
});

for (const [about, change, message] of [
  ['an unknown key', ['key=pk_demo', 'key=pk_nobody'], /key/],
  ['an unknown widget', ['widget=43', 'widget=4343'], /4343/],
  ['a snippet without its key', ['key=pk_demo&', ''], /lacks key=/],
  ['a snippet without its widget', ['&widget=43', ''], /lacks widget=/],
] as const) {
  test(`${about}: one sentence, and nothing else`, async ({ page, site, snippet, trackers }) => {
    const errors = complaints(page);
    await page.goto(site.page('/mistaken', marked(snippet.replace(change[0], change[1]), trackers.origin)));
    await expect.poll(() => errors).toHaveLength(1);
    expect(errors[0]).toMatch(message);
    await expectUnharmed(page);
  });
}

test('the server goes down before the choice: it holds, and the proof is sent later, once', async ({
  page,
  trackers,
}) => {
  const server = new PlacetServer();
  await server.start();
  try {
    const errors = complaints(page);
    await page.goto(`${server.origin}/demo/?trackers=${trackers.origin}`);
    await expect(ui(page).banner).toBeVisible();
    await coreIsThere(page);
    await server.stop();
    await ui(page).acceptAll.click();
    await expect(ui(page).banner).toHaveCount(0);
    await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
    await expect.poll(() => errors).toHaveLength(1);
    expect(errors[0]).toMatch(/the proof could not be sent and waits in this browser/);
    expect(await cookie(page)).toMatchObject({ drift: true });

    // The server is back; its first answer gets lost on the way, so the proof is sent twice.
    await server.start();
    const answers: string[] = [];
    await page.route(/\/consents\?/, async (route) => {
      const response = await route.fetch();
      if (route.request().method() === 'POST') answers.push((await response.json()).consentId);
      if (answers.length === 1) await route.abort('connectionreset');
      else await route.fulfill({ response });
    });
    await page.reload();
    const { consentId } = await receipt(page);
    expect(answers).toEqual([consentId, consentId]);
    expect(await page.evaluate(() => localStorage.getItem('placet-outbox'))).toBeNull();
    expect((await (await server.proof(consentId)).json()).consents.cookieConsents).toHaveLength(5);
  } finally {
    await server.remove();
  }
});

for (const value of ['%7Bbroken', 'true', '%ff', '{}', '%7B%22drift%22%3Atrue%7D']) {
  test(`a corrupt cookie (${value}) is no choice`, async ({ page, shop, server, trackers }) => {
    await page.goto(shop);
    await ui(page).acceptAll.click();
    await receipt(page);
    // What was granted has come in full, so that nothing of it is counted later.
    await expect
      .poll(() => Object.keys(trackers.hits().byPath).sort())
      .toEqual(['/analytics.js', '/chat.js', '/collect']);
    trackers.clear();
    await page.context().addCookies([{ name: 'euconsent', value, url: server.origin }]);
    await page.reload();
    await expect(ui(page).banner).toBeVisible();
    expect(trackers.hits().total).toBe(0);
  });
}

test('corrupt entries in localStorage are as good as none', async ({ page, shop, trackers }) => {
  const errors = complaints(page);
  await page.addInitScript(() => {
    // Also runs in the frames that a choice opens, which have the page's storage until they have loaded.
    if (window !== top) return;
    for (const name of ['placet-config', 'placet-consent-id', 'placet-outbox']) localStorage.setItem(name, '{"broken');
    sessionStorage.setItem('placet-session', 'x');
  });
  await page.goto(shop);
  await ui(page).acceptAll.click();
  await receipt(page);
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
  expect(errors).toEqual([]);
});

test('storage is forbidden: the visitor is asked on each page, and nothing is thrown', async ({
  page,
  shop,
  trackers,
}) => {
  const thrown: Error[] = [];
  page.on('pageerror', (error) => thrown.push(error));
  await page.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage']) {
      Object.defineProperty(window, name, {
        get: () => {
          throw new DOMException('The operation is insecure.', 'SecurityError');
        },
      });
    }
  });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setDocumentCookieDisabled', { disabled: true });
  const errors = complaints(page);
  await page.goto(shop);
  await ui(page).acceptAll.click();
  await expect(ui(page).banner).toHaveCount(0);
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
  await expect.poll(() => errors).toHaveLength(1);
  expect(errors[0]).toMatch(/the choice holds for this page only/);
  await page.reload();
  await expect(ui(page).banner).toBeVisible();
  expect(thrown).toEqual([]);
});

test('an error in one callback stops no other', async ({ page, shop }) => {
  const thrown: string[] = [];
  page.on('pageerror', (error) => thrown.push(error.message));
  await page.addInitScript(() => {
    const calls: string[] = ((window as unknown as { calls: string[] }).calls = []);
    window.placet = [
      () => {
        throw new Error('the first fails');
      },
      (manager) => calls.push(`second ${manager.hasConsented()}`),
      ['ready', () => calls.push('third')],
    ];
  });
  await page.goto(shop);
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { calls: string[] }).calls))
    .toEqual(['second false', 'third']);
  expect(thrown).toContain('the first fails');
});
