/** What other parties are told, and which signals of the browser are honoured. */
import type { Page } from '@playwright/test';
import { cookie, expect, heard, listen, test, ui } from './site.ts';
import { applyVariant } from './variant.ts';

const DENIED = {
  ad_storage: 'denied',
  ad_user_data: 'denied',
  ad_personalization: 'denied',
  analytics_storage: 'denied',
  functionality_storage: 'denied',
  personalization_storage: 'denied',
  security_storage: 'denied',
};

/** The commands to Google's tags in the data layer, and the events between them, in order. */
const layer = (page: Page): Promise<unknown[]> =>
  page.evaluate(() =>
    (window.dataLayer ?? []).map((entry: any) =>
      Object.prototype.toString.call(entry) === '[object Arguments]' ? [...entry] : (entry.event ?? entry.ran),
    ),
  );

const consentCommands = async (page: Page): Promise<unknown[][]> =>
  (await layer(page)).filter((entry): entry is unknown[] => Array.isArray(entry));

const tag = (slug: string): string =>
  `<script type="text/plain" data-consent="${slug}">dataLayer.push({ran: '${slug}'});</script>`;
const shop = (snippet: string, head = ''): string =>
  `<!doctype html><html lang="en"><title>A shop</title>${head}${snippet}<h1>A shop</h1>${tag('analytics')}${tag('google-ads')}`;

test('Consent Mode: a default that denies, before anything runs, and one update for each choice', async ({
  page,
  site,
  snippet,
}) => {
  await page.goto(site.page('/mode', shop(snippet)));
  await expect(ui(page).banner).toBeVisible();
  expect(await consentCommands(page)).toEqual([['consent', 'default', { ...DENIED, wait_for_update: 500 }]]);
  expect((await layer(page))[0], 'the default comes first').toEqual(expect.arrayContaining(['default']));

  await ui(page).settings.click();
  await ui(page).purpose('Analytical').check();
  await ui(page).save.click();
  const update = ['consent', 'update', { ...DENIED, analytics_storage: 'granted', security_storage: 'granted' }];
  await expect.poll(() => consentCommands(page)).toEqual([expect.anything(), update]);
  await expect.poll(() => layer(page)).toContain('analytics');
  const entries = await layer(page);
  expect(entries.findIndex((entry) => Array.isArray(entry) && entry[1] === 'update')).toBeLessThan(
    entries.indexOf('analytics'),
  );
});

test('Consent Mode: a visitor who comes back gets the update before the first tag runs', async ({
  page,
  site,
  snippet,
}) => {
  await page.goto(site.page('/mode', shop(snippet)));
  await ui(page).acceptAll.click();
  await expect.poll(() => layer(page)).toContain('google-ads');
  await page.reload();
  await expect.poll(() => layer(page)).toContain('google-ads');
  const entries = await layer(page);
  const all = Object.fromEntries(Object.keys(DENIED).map((type) => [type, 'granted']));
  expect(entries.slice(0, 2)).toEqual([
    ['consent', 'default', { ...DENIED, wait_for_update: 500 }],
    ['consent', 'update', all],
  ]);
});

test("Consent Mode: the page's own default is left alone", async ({ page, site, snippet }) => {
  const own = `<script>
    window.dataLayer = window.dataLayer || [];
    function gtag() { dataLayer.push(arguments); }
    gtag('consent', 'default', {ad_storage: 'denied', region: ['BE']});
  </script>`;
  await page.goto(site.page('/own', shop(snippet, own)));
  await ui(page).refuseAll.click();
  await expect.poll(() => consentCommands(page)).toHaveLength(2);
  expect((await consentCommands(page)).map(([, command]) => command)).toEqual(['default', 'update']);
});

test('Consent Mode: a widget may deny in some regions only', async ({ page, site, server }) => {
  const snippet = applyVariant(server, 51, [
    ['consent-mode = true\n\n', 'consent-mode = true\nregions = ["BE", "US-CA"]\n\n'],
  ]);
  await page.goto(site.page('/regions', shop(snippet)));
  await expect(ui(page).banner).toBeVisible();
  expect((await consentCommands(page))[0]?.[2]).toMatchObject({ region: ['BE', 'US-CA'], ad_storage: 'denied' });
});

test('a widget without Consent Mode tells nobody', async ({ page, site, server }) => {
  const snippet = applyVariant(server, 52, [['consent-mode = true\n\n', 'consent-mode = false\n\n']]);
  await page.goto(site.page('/quiet', shop(snippet)));
  await ui(page).acceptAll.click();
  await expect.poll(() => layer(page)).toContain('google-ads');
  expect(await consentCommands(page)).toEqual([]);
  expect(await page.evaluate(() => ['uetq' in window, 'clarity' in window])).toEqual([false, false]);
});

test('Microsoft UET and Clarity are told in their own words', async ({ page, site, server }) => {
  const snippet = applyVariant(server, 53, [
    ['consent-mode = true\n\n', 'consent-mode = false\nuet = true\nclarity = true\n\n'],
  ]);
  await page.goto(site.page('/microsoft', shop(snippet)));
  await ui(page).settings.click();
  await ui(page).purpose('Analytical').check();
  await ui(page).save.click();
  await expect.poll(() => layer(page)).toContain('analytics');
  expect(await page.evaluate(() => window.uetq)).toEqual([
    'consent',
    'default',
    { ad_storage: 'denied' },
    'consent',
    'update',
    { ad_storage: 'denied' },
  ]);
  const clarity = await page.evaluate(() => window.clarity?.q?.map((command) => [...(command as unknown[])]));
  expect(clarity).toEqual([
    ['consentv2', { ad_Storage: 'denied', analytics_Storage: 'denied' }],
    ['consentv2', { ad_Storage: 'denied', analytics_Storage: 'granted' }],
  ]);
});

const signal = (page: Page, name: string, value: unknown): Promise<unknown> =>
  page.addInitScript(
    ([name, value]) => Object.defineProperty(Navigator.prototype, name as string, { get: () => value }),
    [name, value],
  );

for (const [name, value, setting] of [
  ['globalPrivacyControl', true, 'gpc'],
  ['doNotTrack', '1', 'dnt'],
] as const) {
  test(`${name}: honoured where the widget says so, and said`, async ({ page, site, server }) => {
    await signal(page, name, value);
    const number = setting === 'gpc' ? 54 : 55;
    const snippet = applyVariant(server, number, [
      ['consent-mode = true\n\n', `consent-mode = true\n${setting} = true\n\n`],
    ]);
    await page.goto(site.page(`/${setting}`, shop(snippet)));
    await expect(ui(page).banner).toContainText('Your browser asks not to be tracked. We honour it');
    await ui(page).acceptAll.click();
    await expect
      .poll(() => cookie(page))
      .toMatchObject({ youtube: true, analytics: false, drift: false, 'google-ads': false });

    // A switch of its own is the visitor's own word.
    await page.evaluate(() => (window.placet as any).push((manager: any) => manager.open()));
    await expect(ui(page).preferences).toContainText('We honour it');
    await ui(page).service('analytics').check();
    await ui(page).save.click();
    await expect.poll(() => cookie(page)).toMatchObject({ analytics: true, drift: false });
    await page.reload();
    await expect.poll(() => layer(page)).toContain('analytics');
    await expect(ui(page).banner).toHaveCount(0);
  });
}

test('a signal that comes after the choice has it asked for again', async ({ page, site, server }) => {
  const snippet = applyVariant(server, 56, [['consent-mode = true\n\n', 'consent-mode = true\ngpc = true\n\n']]);
  await page.goto(site.page('/later', shop(snippet)));
  await ui(page).acceptAll.click();
  await expect.poll(() => layer(page)).toContain('analytics');
  await signal(page, 'globalPrivacyControl', true);
  await page.reload();
  await expect(ui(page).banner).toContainText('We honour it');
  expect(await layer(page)).not.toContain('analytics');
});

test('a widget that does not honour the signal says nothing of it', async ({ page, site, snippet }) => {
  await signal(page, 'globalPrivacyControl', true);
  await page.goto(site.page('/unheard', shop(snippet)));
  await expect(ui(page).banner).toBeVisible();
  await expect(ui(page).banner).not.toContainText('honour');
});

test('one entry says what holds for all services, in the data layer that the page has', async ({
  page,
  site,
  server,
}) => {
  const snippet = applyVariant(server, 58, [
    ['consent-mode = true\n\n', 'consent-mode = true\ndata-layer = "gtmData"\n\n'],
  ]);
  // A link that is named like the usual one changes nothing.
  await page.goto(site.page('/gtm', shop(`<a id="dataLayer"></a><a id="gtmData"></a>${snippet}`)));
  await ui(page).settings.click();
  await ui(page).purpose('Analytical').check();
  await ui(page).save.click();
  const refused = { youtube: false, analytics: false, drift: false, 'google-ads': false };
  const whole = (event: string) =>
    page.evaluate(
      (event) =>
        (window as any).gtmData.filter((entry: any) => entry.event === event).map((entry: any) => entry.placet),
      event,
    );
  await expect
    .poll(() => whole('placet:consents:updated'))
    .toEqual([{ consents: { session: true, ...refused, analytics: true } }]);
  expect(await whole('placet:consents:ready')).toEqual([{ consents: { session: true, ...refused } }]);
  const commands = await page.evaluate(() =>
    (window as any).gtmData.flatMap((entry: any) => (entry[0] === 'consent' ? [`${entry[1]}`] : [])),
  );
  expect(commands).toEqual(['default', 'update']);
  expect(await page.evaluate(() => Object.hasOwn(window, 'dataLayer'))).toBe(false);
  await page.reload();
  await expect
    .poll(() => whole('placet:consents:ready'))
    .toEqual([{ consents: { session: true, ...refused, analytics: true } }]);
});

test('a name that is no name of a data layer is refused', ({ server }) => {
  const named = (name: string) => () =>
    applyVariant(server, 59, [['consent-mode = true\n\n', `consent-mode = true\ndata-layer = "${name}"\n\n`]]);
  for (const name of ['', 'data layer', '1st', 'a.b', 'x;y']) expect(named(name), name).toThrow();
});

for (const [about, name, unseen, seen, event] of [
  ['prerendered', 'prerendering', true, false, 'prerenderingchange'],
  ['in the background', 'visibilityState', 'hidden', 'visible', 'visibilitychange'],
] as const) {
  for (const where of ['Document.prototype', 'document']) {
    test(`the banner of a page that is ${about} is shown when somebody sees it (${where})`, async ({
      page,
      site,
      snippet,
    }) => {
      const set = (value: unknown): string =>
        `Object.defineProperty(${where}, '${name}', { configurable: true, get: () => ${JSON.stringify(value)} });`;
      await page.addInitScript(set(unseen));
      await listen(page);
      await page.goto(site.page('/unseen', shop(snippet)));
      await expect(ui(page).banner).toBeVisible();
      await expect.poll(() => heard(page)).toContain('placet:consents:ready');
      await page.evaluate(`document.dispatchEvent(new Event('${event}'))`);
      expect(await heard(page)).not.toContain('placet:banner:shown');
      await page.evaluate(`${set(seen)} document.dispatchEvent(new Event('${event}'))`);
      await expect.poll(() => heard(page)).toContain('placet:banner:shown');
      expect((await heard(page)).filter((name) => name === 'placet:banner:shown')).toHaveLength(1);
    });
  }
}
