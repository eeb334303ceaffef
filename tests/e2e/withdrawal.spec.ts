/** A choice taken back: its cookies go, its frames close, the page is told, and reloads once if the widget says so. */
import type { Page } from '@playwright/test';
import { cookie, expect, heard, listen, receipt, test, ui } from './site.ts';
import { applyVariant } from './variant.ts';
import { article, asked, ran, settled, tells } from './vendor.ts';

/** Takes these services back, or all of them. */
async function withdraw(page: Page, ...slugs: string[]): Promise<void> {
  await page.evaluate((slugs) => {
    window.placet?.push((manager) => {
      for (const slug of slugs) manager.setServiceConsent(slug, false);
      void (slugs.length ? manager.save() : manager.refuseAll());
    });
  }, slugs);
}

/** The cookies that the browser has, wherever they belong, but Placet's own. */
const cookies = async (page: Page): Promise<string[]> =>
  (await page.context().cookies())
    .filter(({ name }) => name !== 'euconsent')
    .map(({ name, domain, path }) => `${name} ${domain}${path}`)
    .sort();

test('its declared cookies are removed on every path and parent domain, and no others', async ({
  page,
  site,
  server,
  trackers,
}) => {
  const host = `http://www.shop.test:${site.port}`;
  const snippet = applyVariant(server, 71, [
    ['origins = [', `origins = ["${host}", `],
    // Both of these declare a cookie of the same name.
    ['{ name = "drift_aid", days = 730 }', '{ name = "drift_aid", days = 730 }, { name = "_gcl_shared", days = 90 }'],
  ]);
  site.page('/bags/panniers/canvas', article(snippet, `<p>${trackers.origin}</p>`));
  await page.goto(`${host}/bags/panniers/canvas`);
  await ui(page).acceptAll.click();
  await receipt(page);

  // What the services set, here and there, and what others have set.
  await page.evaluate(() => {
    const here = [
      '',
      '; Path=/',
      '; Path=/bags',
      '; Path=/bags/',
      '; Path=/bags/panniers',
      '; Path=/bags/panniers/canvas',
    ];
    for (const path of here) {
      document.cookie = `_ga=1${path}`;
      document.cookie = `_gid=1${path}; Domain=shop.test`;
      document.cookie = `_ga_G12345=1${path}; Domain=www.shop.test`;
    }
    for (const name of [
      '_gat',
      '_gatsby',
      'driftt_aid',
      '_gcl_au',
      '_gcl_shared',
      'session',
      'basket',
      '_g',
      'my_ga',
    ]) {
      document.cookie = `${name}=1; Path=/; Max-Age=9999`;
      document.cookie = `${name}=1; Path=/bags; Domain=shop.test; Max-Age=9999`;
    }
    document.cookie = '_gid_not=1';
  });
  // Five paths for each of three, two places for each of nine, and one more.
  await expect.poll(() => cookies(page)).toHaveLength(34);
  const before = await cookies(page);

  await withdraw(page, 'analytics');
  const kept = before.filter((cookie) => !/^(_ga|_ga_G12345|_gid|_gat|_gatsby) /.test(cookie));
  await expect.poll(() => cookies(page)).toEqual(kept);

  // What a service that stays granted declares too is its own.
  await withdraw(page, 'drift');
  const left = kept.filter((cookie) => !/^driftt_aid /.test(cookie));
  await expect.poll(() => cookies(page)).toEqual(left);
  expect(left.some((cookie) => cookie.startsWith('_gcl_shared '))).toBe(true);

  await withdraw(page, 'google-ads');
  const last = left.filter((cookie) => !cookie.startsWith('_gcl_'));
  await expect.poll(() => cookies(page)).toEqual(last);
  expect(last.map((cookie) => cookie.split(' ')[0])).toEqual(
    ['_g', '_g', '_gid_not', 'basket', 'basket', 'my_ga', 'my_ga', 'session', 'session'].sort(),
  );
  expect(await cookie(page)).toMatchObject({ session: true, youtube: true, analytics: false, drift: false });
});

test('what a service keeps elsewhere is removed, by patterns, and what others keep is not', async ({
  page,
  site,
  server,
}) => {
  const kinds = ['localStorage', 'sessionStorage', 'IndexedDB', 'CacheStorage'];
  const storage = kinds.map((kind) => `{ kind = "${kind}", key = "amp_*_drift" }, { kind = "${kind}", key = "exact" }`);
  const snippet = applyVariant(server, 74, [
    ['{ name = "drift_aid", days = 730 }', '{ name = "mp_*_mixpanel", days = 730 }, { name = "part*", days = 1 }'],
    ['domains = ["js.driftt.com"', `storage = [${storage.join(', ')}]\ndomains = ["js.driftt.com"`],
  ]);
  await page.goto(site.page('/kept', article(snippet, '')));
  await ui(page).acceptAll.click();
  await receipt(page);
  const names = ['amp_1_drift', 'amp_drift', 'exact', 'exact2', 'placet_1_drift'];
  await page.evaluate(async (names) => {
    for (const name of names) {
      localStorage.setItem(name, '1');
      sessionStorage.setItem(name, '1');
      await caches.open(name);
      await new Promise((done) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => {
          request.result.close();
          done(undefined);
        };
      });
    }
    for (const name of ['mp_1_mixpanel', 'mp_mixpanel', 'other', 'part1']) {
      document.cookie = `${name}=1; Secure`;
      document.cookie = `${name}=1; Path=/; Secure; SameSite=None; Partitioned`;
    }
  }, names);
  const all = () =>
    page.evaluate(async () => ({
      local: Object.keys(localStorage)
        .filter((name) => !name.startsWith('placet-'))
        .sort(),
      session: Object.keys(sessionStorage)
        .filter((name) => !name.startsWith('placet-'))
        .sort(),
      databases: (await indexedDB.databases()).map(({ name }) => name).sort(),
      caches: (await caches.keys()).sort(),
    }));
  const every = [...names].sort();
  expect(await all()).toEqual({ local: every, session: every, databases: every, caches: every });
  expect(await cookies(page)).toHaveLength(8);

  await withdraw(page, 'drift');
  const left = ['amp_drift', 'exact2', 'placet_1_drift'];
  await expect.poll(all).toEqual({ local: left, session: left, databases: left, caches: left });
  const rest = (await cookies(page)).map((cookie) => cookie.split(' ')[0]);
  expect(rest).toEqual(['mp_mixpanel', 'mp_mixpanel', 'other', 'other']);
  // What Placet keeps is there.
  expect(await page.evaluate(() => localStorage.getItem('placet-config'))).not.toBeNull();

  await ui(page).trigger.click();
  await expect(ui(page).preferences).toContainText('amp_*_drift');
  await expect(ui(page).preferences).toContainText('IndexedDB');
});

test('what was never granted loses nothing, and a grant removes nothing', async ({ page, site, snippet }) => {
  await page.goto(site.page('/shop', article(snippet, '')));
  await page.evaluate(() => {
    document.cookie = '_ga=1';
    document.cookie = 'driftt_aid=1';
  });
  await expect.poll(() => cookies(page)).toHaveLength(2);
  const before = await cookies(page);
  await ui(page).refuseAll.click();
  await expect.poll(() => cookie(page)).toBeDefined();
  await page.evaluate(() => window.placet?.push((manager) => manager.acceptAll()));
  await expect.poll(() => cookie(page)).toMatchObject({ analytics: true });
  await expect(ui(page).banner).toHaveCount(0);
  expect(await cookies(page)).toEqual(before);
});

test('its frames close again, and can be opened again, without a step in the history', async ({
  page,
  site,
  snippet,
  trackers,
}) => {
  const html = article(
    snippet,
    `<iframe data-consent="youtube" data-src="${trackers.origin}/film.html" title="The film" width="560" height="315"></iframe>
    <iframe data-consent="drift" data-src="${trackers.origin}/chat.html" title="The chat"></iframe>`,
  );
  await page.goto(site.page('/film', html));
  const steps = () => page.evaluate(() => history.length);
  const shown = () => page.frames().filter((frame) => frame.url().startsWith(trackers.origin));
  await ui(page).acceptAll.click();
  await expect.poll(() => asked(trackers)).toEqual(['/chat.html', '/film.html']);
  await expect(page.getByRole('group')).toHaveCount(0);
  const before = await steps();

  await withdraw(page, 'youtube');
  await expect(page.getByRole('group', { name: 'The film' })).toBeVisible();
  await expect.poll(() => shown().map((frame) => new URL(frame.url()).pathname)).toEqual(['/chat.html']);
  await page.getByRole('group').getByRole('button', { name: /once/i }).click();
  await expect.poll(() => trackers.hits().byPath['/film.html']).toBe(2);
  await expect(page.getByRole('group')).toHaveCount(0);

  // Granted for good and taken back, one that was opened once closes as well.
  await page.evaluate(() => window.placet?.push((manager) => manager.acceptAll()));
  await expect.poll(() => cookie(page)).toMatchObject({ youtube: true });
  await settled(page, trackers);
  expect(asked(trackers)).toEqual(['/chat.html', '/film.html', '/film.html']);
  await withdraw(page);
  await expect(page.getByRole('group')).toHaveCount(2);
  await expect.poll(() => shown().length).toBe(0);
  await settled(page, trackers);
  expect(asked(trackers)).toEqual(['/chat.html', '/film.html', '/film.html']);
  expect(await steps()).toBe(before);
});

test('the page is told once which services were refused, and what runs by then is told', async ({
  page,
  site,
  snippet,
  trackers,
}) => {
  await listen(page);
  const html = article(
    snippet,
    `<script type="text/plain" data-consent="drift">
      addEventListener('placet:refused:drift', (event) => { ${tells(trackers, 'stopped')} });
    </script>
    <script type="text/plain" data-consent="drift">${tells(trackers, 'started')}</script>`,
  );
  await page.goto(site.page('/events', html));
  await ui(page).acceptAll.click();
  await expect.poll(() => ran(trackers)).toEqual(['started']);
  await expect.poll(() => heard(page)).toContain('placet:consents:all_accepted');
  const before = (await heard(page)).length;
  const entries = await page.evaluate(() => window.dataLayer?.length);
  await withdraw(page, 'drift');
  await expect.poll(() => heard(page)).toContain('placet:consents:any_refused');
  expect((await heard(page)).slice(before)).toEqual([
    'placet:refused:drift',
    'placet:consents:updated',
    'placet:consents:any_refused',
  ]);
  await expect.poll(() => ran(trackers)).toEqual(['started', 'stopped']);
  const pushed = await page.evaluate((from) => window.dataLayer?.slice(from), entries);
  const events = (pushed as { event?: string }[]).map(({ event }) => event).filter(Boolean);
  expect(events).toEqual(['placet:refused:drift', 'placet:consents:updated']);

  // And on the next page.
  await page.reload();
  await expect.poll(() => heard(page)).toContain('placet:refused:drift');
  await settled(page, trackers);
  expect(ran(trackers)).toEqual(['started', 'stopped']);
});

test.describe('with "reload-on-withdrawal"', () => {
  const reloads = (page: Page): string[] => {
    const loads: string[] = [];
    page.on('request', (request) => {
      if (request.isNavigationRequest() && request.frame() === page.mainFrame()) loads.push(request.url());
    });
    return loads;
  };

  test('the page reloads once when something is taken back, with the proof kept, and only then', async ({
    page,
    site,
    server,
    trackers,
  }) => {
    const snippet = applyVariant(server, 72, [['[cookie]\n', 'reload-on-withdrawal = true\n\n[cookie]\n']]);
    const html = article(
      snippet,
      `<script type="text/plain" data-consent="analytics">${tells(trackers, 'analytics')}</script>
      <script type="text/plain" data-consent="drift">${tells(trackers, 'drift')}</script>`,
    );
    const loads = reloads(page);
    await page.goto(site.page('/reload', html));
    await ui(page).refuseAll.click();
    await receipt(page);
    await page.evaluate(() => window.placet?.push((manager) => manager.acceptAll()));
    await expect.poll(() => ran(trackers)).toEqual(['analytics', 'drift']);
    await settled(page, trackers);
    expect(loads, 'neither a first refusal nor a grant is a withdrawal').toHaveLength(1);
    const first = (await receipt(page)).consentId;

    // To apply is not to keep: the page stays.
    await page.evaluate(() =>
      window.placet?.push((manager) => {
        manager.setServiceConsent('analytics', false);
        manager.dispatchEvent();
        manager.setServiceConsent('analytics', true);
        manager.dispatchEvent();
      }),
    );
    await settled(page, trackers);
    expect(loads).toHaveLength(1);

    trackers.clear();
    await withdraw(page, 'drift');
    await expect.poll(() => loads.length).toBe(2);
    await expect.poll(() => ran(trackers)).toEqual(['analytics']);
    await expect.poll(async () => (await receipt(page)).consentId).not.toBe(first);
    const proof = await (await server.proof((await receipt(page)).consentId)).json();
    const drift = proof.consents.cookieConsents.find(({ slug }: { slug: string }) => slug === 'drift');
    expect(drift.consent).toBe(false);
    await settled(page, trackers);
    expect(loads).toHaveLength(2);
    expect(ran(trackers)).toEqual(['analytics']);
  });

  test('the page stays where the widget does not say so', async ({ page, site, snippet, trackers }) => {
    const loads = reloads(page);
    await listen(page);
    await page.goto(site.page('/stay', article(snippet, '')));
    await ui(page).acceptAll.click();
    await receipt(page);
    await withdraw(page);
    await expect.poll(() => heard(page)).toContain('placet:consents:any_refused');
    await settled(page, trackers);
    expect(loads).toHaveLength(1);
  });
});
