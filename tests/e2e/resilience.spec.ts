/** What was decided outlives what goes wrong later: other cookies of the name, a newer widget, a core that cannot come. */
import type { Page } from '@playwright/test';
import { complaints, cookie, expect, heard, listen, receipt, test, ui } from './site.ts';
import { applyVariant } from './variant.ts';

const chat = (trackers: string): string =>
  `<script type="text/plain" data-consent="drift" data-src="${trackers}/chat.js"></script>`;
const shop = (snippet: string, trackers: string): string =>
  `<!doctype html><html lang="en"><title>A shop</title>${snippet}<h1>A shop</h1>${chat(trackers)}`;
const manage = (page: Page, verb: 'refuseAll' | 'reset' | 'open'): Promise<unknown> =>
  page.evaluate((verb) => (window.placet as any).manager[verb](), verb);

test('of two cookies of the name, left by a widget that changed its domain, the newest holds', async ({
  page,
  site,
  snippet,
  trackers,
}) => {
  const address = site.page('/shop/two', shop(snippet, trackers.origin));
  await page.goto(address);
  await ui(page).acceptAll.click();
  await receipt(page);
  // A cookie of a narrower path stands first in what the page reads.
  await page.evaluate(() => {
    const value = document.cookie.split('euconsent=')[1]?.split(';')[0];
    document.cookie = `euconsent=${value}; Path=/shop`;
  });
  await page.clock.setFixedTime(Date.now() + 60_000);
  await page.reload();
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(2);
  await manage(page, 'refuseAll');
  trackers.clear();
  await listen(page);
  await page.reload();
  await expect.poll(() => heard(page)).toContain('placet:refused:drift');
  expect(trackers.hits().byPath['/chat.js']).toBeUndefined();
});

test('a visitor who refuses while the core cannot be had is refused for', async ({
  page,
  site,
  snippet,
  trackers,
  server,
}) => {
  await page.goto(site.page('/core', shop(snippet, trackers.origin)));
  await ui(page).acceptAll.click();
  await receipt(page);
  await listen(page);
  await page.reload();
  await expect.poll(() => heard(page)).toContain('placet:consent:drift');

  const errors = complaints(page);
  await page.route(/placet-.*\.js/, (route) => route.abort('connectionrefused'));
  await manage(page, 'refuseAll');
  await expect.poll(() => heard(page)).toContain('placet:refused:drift');
  expect(errors[0]).toMatch(/cannot be loaded/);
  // It holds on the next page too; its proof is made when the core can be had.
  expect(await cookie(page)).toMatchObject({ drift: false, analytics: false });
  await page.unrouteAll();
  await page.reload();
  await expect.poll(async () => (await cookie(page))?.$p).toBeUndefined();
  await expect(ui(page).banner).toHaveCount(0);
  const newest = async () => (await (await server.proof((await receipt(page)).consentId)).json()).consents;
  await expect.poll(newest).toMatchObject({ cookieConsents: expect.arrayContaining([refused('drift')]) });
});

const refused = (slug: string) => expect.objectContaining({ slug, consent: false });

test('the identifier of the proof is known in the other tab', async ({ context, site, snippet, trackers }) => {
  const address = site.page('/proof', shop(snippet, trackers.origin));
  const [one, two] = [await context.newPage(), await context.newPage()];
  await one.goto(address);
  await two.goto(address);
  await expect(ui(two).banner).toBeVisible();
  await ui(one).acceptAll.click();
  const { consentId } = await receipt(one);
  const known = () => two.evaluate(() => (window.placet as any).manager?.consentId);
  await expect.poll(known).toBe(consentId);
  await manage(one, 'reset');
  await expect.poll(known).toBeNull();
});

test('a choice that was forgotten in one tab is forgotten in the other', async ({
  context,
  site,
  snippet,
  trackers,
}) => {
  const address = site.page('/forget', shop(snippet, trackers.origin));
  const [one, two] = [await context.newPage(), await context.newPage()];
  await one.goto(address);
  await ui(one).acceptAll.click();
  await receipt(one);
  await two.goto(address);
  await expect.poll(() => two.evaluate(() => (window.placet as any).manager?.getServiceConsent('drift'))).toBe(true);
  await manage(one, 'reset');
  await expect(ui(one).banner).toBeVisible();
  await expect(ui(two).banner).toBeVisible();
  expect(await two.evaluate(() => (window.placet as any).manager.getServiceConsent('drift'))).toBe(false);
});

test('another language may be set when the banner is there', async ({ page, site, snippet, trackers }) => {
  await page.goto(site.page('/lang', shop(snippet, trackers.origin)));
  await expect(ui(page).acceptAll).toHaveText('Accept all');
  await page.evaluate(() => (window.placet as any).push(['set', 'lang', 'nl']));
  await expect(ui(page).acceptAll).toHaveText('Alles accepteren');
  const posts: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().includes('/consents')) posts.push(request.url());
  });
  await ui(page).acceptAll.click();
  await receipt(page);
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
  expect(posts).toHaveLength(1);
});

test('a widget that asks for more asks again; one that only looks different does not', async ({
  page,
  site,
  server,
  trackers,
}) => {
  const first = applyVariant(server, 61, []);
  const address = site.page('/more', shop(first, trackers.origin));
  await page.goto(address);
  await ui(page).acceptAll.click();
  await receipt(page);
  // As if a day had passed: the configuration is asked for anew.
  const nextDay = async () => {
    await page.evaluate(() => localStorage.removeItem('placet-config'));
    await page.reload();
  };

  applyVariant(server, 61, [['name = "Demo shop"', 'name = "Demo shop, renamed"']]);
  trackers.clear();
  await nextDay();
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
  await expect(ui(page).banner).toHaveCount(0);

  const more =
    '[[services]]\nslug = "maps"\nname = "Maps"\npurpose = "Preference"\nid = "3f0e4c1e-0000-4000-8000-000000000001"\n';
  const described =
    'description = { en = "Shows where we are.", fr = "Montre où nous sommes.", nl = "Toont waar we zijn." }\n\n';
  applyVariant(server, 61, [['[[services]]\nslug = "youtube"', `${more}${described}[[services]]\nslug = "youtube"`]]);
  trackers.clear();
  await nextDay();
  await expect(ui(page).banner).toBeVisible();
  // The choice stays valid for what it covered, and grants nothing that is new.
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
  const state = () =>
    page.evaluate(() => {
      const { manager } = window.placet as any;
      return [manager.hasConsented(), manager.getServiceConsent('drift'), manager.getServiceConsent('maps')];
    });
  expect(await state()).toEqual([false, true, false]);

  await ui(page).refuseAll.click();
  await receipt(page);
  expect(await state()).toEqual([true, false, false]);
  trackers.clear();
  await page.reload();
  await expect(ui(page).trigger).toBeVisible();
  expect(trackers.hits().total).toBe(0);
});

test('what stands in storage in the place of identifiers is not sent', async ({
  page,
  site,
  snippet,
  server,
  trackers,
}) => {
  const errors = complaints(page);
  await page.addInitScript(() => {
    if (localStorage.getItem('done')) return;
    localStorage.setItem('done', '1');
    localStorage.setItem('placet-consent-id', '{"consentId":"x","expiresAt":"2099-01-01T00:00:00.000Z"}');
    sessionStorage.setItem('placet-session', 'zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz');
  });
  await page.goto(site.page('/ids', shop(snippet, trackers.origin)));
  await ui(page).acceptAll.click();
  await expect.poll(async () => (await receipt(page)).consentId).toMatch(/^[0-9a-f-]{36}$/);
  const proof = await (await server.proof((await receipt(page)).consentId)).json();
  expect(proof.previousConsentId).toBeUndefined();
  expect(errors).toEqual([]);
});

test('a page with an element that is called placet, and a data layer of its own', async ({
  page,
  site,
  snippet,
  trackers,
}) => {
  const head = `<script>window.dataLayer = { push() { throw new Error('not yours'); } };</script><div id="placet"></div>`;
  await page.goto(
    site.page('/odd', `<!doctype html><html lang="en"><title>Odd</title>${head}${snippet}${chat(trackers.origin)}`),
  );
  await ui(page).acceptAll.click();
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
});

test('a snippet in the head of a page whose body is long in coming', async ({ page, site, snippet, trackers }) => {
  // The parser stops at a script that does not come: there is a head, and no body.
  let release = (): void => {};
  const held = new Promise<void>((done) => (release = done));
  await page.route('**/slow.js', async (route) => {
    await held;
    await route.fulfill({ contentType: 'text/javascript', body: '' });
  });
  const html = `<!doctype html><html lang="en"><head><title>Slow</title>${snippet}<script src="/slow.js"></script></head><body><h1>Slow</h1>${chat(trackers.origin)}</body></html>`;
  const arrived = page.waitForResponse((response) => response.url().includes('/v1/widgets/43?'));
  const shown = page.goto(site.page('/slow', html));
  await arrived;
  release();
  await shown;
  await ui(page).acceptAll.click();
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
});
