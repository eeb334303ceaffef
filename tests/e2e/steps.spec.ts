/** A consent's life, step by step as the seeds tell it. */
import { cookie, complaints, expect, heard, listen, receipt, test, ui } from './site.ts';

test('1. visit: the snippet is loaded beside the page, for a day, and nothing has run', async ({
  page,
  shop,
  trackers,
}) => {
  const arrived = page.waitForResponse((response) => response.url().includes('/sdk/placet.js'));
  await page.goto(shop);
  const sdk = await arrived;
  expect(sdk.headers()['cache-control']).toBe('public, max-age=86400');
  expect(sdk.headers()['etag']).toBeTruthy();
  expect(sdk.headers()['content-encoding']).toBe('br');
  await expect(page.locator('script[src*="placet.js"]')).toHaveAttribute('async', '');

  await expect(ui(page).banner).toBeVisible();
  expect(trackers.hits().total).toBe(0);
});

test('2 and 3. configuration: it is asked for with the public key', async ({ page, shop }) => {
  const asked = page.waitForResponse((response) => response.url().includes('/v1/widgets/43?'));
  await page.goto(shop);
  const answer = await asked;
  expect(new URL(answer.url()).searchParams.get('key')).toBe('pk_demo');
  const config = await answer.json();
  expect(config).toMatchObject({ id: 43, workSpaceId: 19, lang: 'en', cookie: { name: 'euconsent', days: 180 } });
});

test('2 and 3. configuration: a foreign domain is refused, told so, and left alone', async ({
  page,
  shop,
  trackers,
}) => {
  const errors = complaints(page);
  const foreign = shop.replace('localhost', 'shop.test');
  const asked = page.waitForResponse((response) => response.url().includes('/v1/widgets/43?'));
  await page.goto(foreign);
  expect((await asked).status()).toBe(403);
  await expect.poll(() => errors.length).toBe(1);
  expect(errors[0]).toContain(new URL(foreign).origin);
  expect(errors[0]).toContain('origins');

  await expect(page.locator('#placet')).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  expect(await cookie(page)).toBeUndefined();
  expect(trackers.hits().total).toBe(0);
});

test('4. asking: the banner comes while the cookie is missing, and comes back when it is deleted', async ({
  page,
  shop,
}) => {
  await page.goto(shop);
  await ui(page).refuseAll.click();
  await expect(ui(page).banner).toHaveCount(0);
  await receipt(page);

  const core: string[] = [];
  page.on('request', (request) => {
    if (/\.wasm|\/v1\//.test(request.url())) core.push(request.url());
  });
  await page.reload();
  await expect
    .poll(() => page.evaluate(() => window.placet && 'manager' in window.placet && !!window.placet.manager))
    .toBe(true);
  await expect(ui(page).banner).toHaveCount(0);
  expect(core, 'whoever has chosen costs no request and no WebAssembly').toEqual([]);

  // The receipt and the configuration stay where they are: the cookie alone decides.
  for (let time = 0; time < 2; time++) {
    await page.context().clearCookies({ name: 'euconsent' });
    await page.reload();
    await expect(ui(page).banner).toBeVisible();
  }
});

test('5. collecting: the proof is stored by service, in the shape of the sample, and its receipt is kept for 180 days', async ({
  page,
  shop,
  server,
}) => {
  await page.goto(`${shop}&lang=fr`);
  const before = Date.now();
  const sent = page.waitForRequest((request) => request.method() === 'POST' && request.url().includes('/consents'));
  await ui(page).acceptAll.click();
  const { consentId, expiresAt } = await receipt(page);
  // The database keeps together what begins with the time (UUID v7).
  const name: string = (await sent).postDataJSON().idempotencyKey;
  expect(name).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const made = parseInt(name.replace('-', '').slice(0, 12), 16);
  expect(made).toBeGreaterThanOrEqual(before);
  expect(made).toBeLessThanOrEqual(Date.now());
  const days = (Date.parse(expiresAt) - before) / 86_400_000;
  expect(days).toBeGreaterThan(180 - 0.001);
  expect(days).toBeLessThan(180 + 0.001);

  const proof = await (await server.proof(consentId)).json();
  const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const sample = {
    id: uuid,
    sessionId: uuid,
    date: time,
    dateExpiration: time,
    type: 2,
    widgetId: 43,
    typeDevice: 2,
    workSpaceId: 19,
    consentId,
    consents: { lang: 'fr', versionKey: uuid, cookieConsents: expect.any(Array) },
  };
  expect(proof).toMatchObject(sample);
  expect(Object.keys(proof).slice(0, 10), 'the fields of the sample come first').toEqual(Object.keys(sample));
  expect(Date.parse(proof.dateExpiration) - Date.parse(proof.date)).toBe(180 * 86_400_000);

  const entry = (slug: string) => proof.consents.cookieConsents.find((entry: { slug: string }) => entry.slug === slug);
  const drift = {
    id: '584ffef3-251c-4e9a-efb8-08d7fbfbee92',
    tenantId: 0,
    name: 'Drift',
    slug: 'drift',
    consent: true,
    version: '6f65cb1d-85eb-4a64-976d-519679189f8d',
    date: time,
    purpose: 3,
  };
  expect(entry('drift')).toEqual(drift);
  expect(Object.keys(entry('drift'))).toEqual(Object.keys(drift));
  expect(entry('analytics')).toEqual({
    ...drift,
    id: '1c3baa61-0d05-44e4-da3d-08d7eeadee05',
    name: 'Google Analytics (universal)',
    slug: 'analytics',
    purpose: 2,
  });
  expect(proof.consents.cookieConsents).toHaveLength(5);
});

test('6. execution: what was allowed runs, what was refused does not', async ({ page, shop, trackers }) => {
  await listen(page);
  await page.goto(shop);
  await ui(page).settings.click();
  await ui(page).purpose('Analytical').check();
  await ui(page).save.click();

  await expect.poll(() => trackers.hits().byPath['/analytics.js']).toBe(1);
  await expect.poll(() => heard(page)).toContain('placet:consents:updated');
  expect(await cookie(page)).toMatchObject({
    session: true,
    youtube: false,
    analytics: true,
    drift: false,
    'google-ads': false,
  });
  expect(trackers.hits().byPath['/chat.js']).toBeUndefined();

  // And so it stays, on this page and on the next.
  trackers.clear();
  await page.getByRole('link', { name: 'Our workshop' }).first().click();
  await expect.poll(() => trackers.hits().byPath['/analytics.js']).toBe(1);
  await expect.poll(() => heard(page)).toContain('placet:refused:drift');
  expect(trackers.hits().byPath['/chat.js']).toBeUndefined();
});
