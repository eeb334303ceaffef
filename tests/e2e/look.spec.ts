/** Where the banner and the settings stand, how they look, and the way back to them. */
import type { Page } from '@playwright/test';
import { cookie, expect, receipt, test, ui } from './site.ts';
import { applyVariant, look, speaking } from './variant.ts';

const plain = (snippet: string, lang = 'en', head = ''): string =>
  `<!doctype html><html lang="${lang}"><meta name="viewport" content="width=device-width"><title>A page</title>
  ${head}${snippet}<h1>A page</h1>${'<p>Some words. <a href="#">And a link</a></p>'.repeat(60)}`;

const DESKTOP = { width: 1200, height: 800 };
const PHONE = { width: 360, height: 640 };

/** Where the banner stands, measured once nothing moves any more. */
async function box(page: Page): Promise<{ left: number; right: number; top: number; bottom: number; height: number }> {
  await expect(ui(page).banner).toBeVisible();
  return ui(page).banner.evaluate((banner) => {
    for (const animation of banner.getAnimations()) animation.finish();
    const { left, right, top, bottom, height } = banner.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    return { left, right: clientWidth - right, top, bottom: clientHeight - bottom, height };
  });
}

/** By how much the page's contents have moved without the visitor's doing (CLS). */
const moved = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const observer = new PerformanceObserver(() => {});
    observer.observe({ type: 'layout-shift', buffered: true });
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return observer
      .takeRecords()
      .reduce((sum, entry) => sum + (entry as PerformanceEntry & { value: number }).value, 0);
  });

const PLACES: [toml: string, place: { left?: number; right?: number; top?: number; bottom?: number }][] = [
  ['', { left: 20, bottom: 20 }],
  ['position = "bottom-end"', { right: 20, bottom: 20 }],
  ['position = "top-start"', { left: 20, top: 20 }],
  ['position = "top-end"', { right: 20, top: 20 }],
  ['position = "start"', { left: 20 }],
  ['position = "end"', { right: 20 }],
  ['position = "top"', { top: 20 }],
  ['position = "bottom"', { bottom: 20 }],
  ['layout = "bar"', { left: 0, right: 0, bottom: 0 }],
  ['layout = "bar"\nposition = "top"', { left: 0, right: 0, top: 0 }],
  ['layout = "cloud"', {}],
  ['space = 8', { left: 8, bottom: 8 }],
];

test('the banner stands where the widget says, and on a phone at the bottom, on half of the screen at most', async ({
  page,
  site,
  server,
}) => {
  test.slow();
  for (const [toml, place] of PLACES) {
    await test.step(toml || 'as usual', async () => {
      const snippet = applyVariant(server, 80, look(toml));
      await page.setViewportSize(DESKTOP);
      await page.goto(site.page('/place', plain(snippet)));
      // A banner of the version before may be there until the newest is known.
      await expect(async () => {
        const stands = await box(page);
        for (const [side, distance] of Object.entries(place)) {
          expect(stands[side as keyof typeof stands], side).toBeCloseTo(distance, 0);
        }
        // What is fixed to neither side is in the middle.
        if (place.left === undefined && place.right === undefined) expect(stands.left).toBeCloseTo(stands.right, 0);
        if (place.top === undefined && place.bottom === undefined) expect(stands.top).toBeCloseTo(stands.bottom, 0);
      }).toPass();
      expect(await moved(page), 'nothing in the page moves for it').toBe(0);

      await page.setViewportSize(PHONE);
      await page.goto(site.page('/place', plain(snippet)));
      await expect(async () => {
        const sheet = await box(page);
        expect(sheet).toMatchObject({ left: 0, right: 0, bottom: 0 });
        expect(sheet.height).toBeLessThanOrEqual(PHONE.height / 2);
      }).toPass();
      expect(await moved(page), 'nothing in the page moves for it').toBe(0);
      await page.mouse.move(100, 100);
      await page.mouse.wheel(0, 300);
      await expect.poll(() => page.evaluate(() => scrollY), 'the page scrolls').toBeGreaterThan(0);
    });
  }
});

test('inline, the banner stands in the page where its owner wants it', async ({ page, site, server }) => {
  const snippet = applyVariant(server, 80, look('layout = "inline"'));
  await page.goto(site.page('/inline', plain(snippet).replace('<h1>', '<main data-placet-inline></main><h1>')));
  await expect(page.locator('main > #placet')).toHaveCount(1);
  await expect(ui(page).banner).toHaveCSS('position', 'static');
  await ui(page).refuseAll.click();
  await expect(ui(page).banner).toHaveCount(0);
  await expect(ui(page).trigger).toBeVisible();
});

test('in a language that is written from the right, all of it is mirrored', async ({ page, site, server }) => {
  const snippet = applyVariant(server, 81, speaking('ar'));
  await page.setViewportSize(DESKTOP);
  await page.goto(site.page('/rtl', plain(snippet, 'ar')));
  expect(await box(page)).toMatchObject({ right: 20, bottom: 20 });
  await expect(ui(page).banner).toHaveAttribute('dir', 'rtl');
  await expect(ui(page).banner).toContainText('التسويق');
  await ui(page).refuseAll.click();
  await receipt(page);
  await expect(ui(page).trigger).toBeVisible();
  const trigger = await ui(page).trigger.boundingBox();
  expect(trigger && trigger.x).toBeGreaterThan(DESKTOP.width / 2);
  await ui(page).trigger.click();
  await expect(ui(page).preferences).toContainText('سنتان');
});

test('what somebody has left in the browser’s storage makes no code of the button', async ({ page, site, snippet }) => {
  await page.goto(site.page('/left', `<!doctype html><html lang="en"><title>A page</title>${snippet}<h1>A page</h1>`));
  await ui(page).refuseAll.click();
  await expect(ui(page).trigger).toBeVisible();
  await page.evaluate(() => {
    const kept = JSON.parse(localStorage.getItem('placet-config') as string);
    const [tag, attributes] = kept.config.trigger.nodes;
    const code = 'window.ran = true';
    kept.config.trigger.nodes = [tag, { ...attributes, onclick: code }, ['script', {}, code], ['span', {}, 'Left']];
    localStorage.setItem('placet-config', JSON.stringify(kept));
  });
  await page.reload();
  await expect(ui(page).trigger).toHaveText('Left');
  await ui(page).trigger.click();
  await expect(ui(page).preferences).toBeVisible();
  expect(await page.evaluate(() => (window as any).ran)).toBeUndefined();
});

test('the way back: a button on every page, without WebAssembly before it is clicked', async ({
  page,
  site,
  snippet,
}) => {
  const address = site.page('/way-back', plain(snippet));
  await page.goto(address);
  await expect(ui(page).banner).toBeVisible();
  await expect(ui(page).trigger).toHaveCount(0);
  await ui(page).refuseAll.click();
  await expect(ui(page).trigger).toBeVisible();
  await receipt(page);

  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(request.url()));
  await page.reload();
  await expect(page.getByRole('button', { name: 'Privacy settings' })).toBeVisible();
  expect(loaded.filter((url) => url.endsWith('.wasm') || url.includes('/v1/'))).toEqual([]);

  await page.keyboard.press('Shift+Tab');
  await expect(ui(page).trigger).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(ui(page).preferences).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(ui(page).preferences).toHaveCount(0);
  await expect(ui(page).trigger).toBeFocused();

  // Asked again, the visitor has the banner's own way to the settings.
  await page.evaluate(() => (window.placet as any).manager.reset());
  await expect(ui(page).banner).toBeVisible();
  await expect(ui(page).trigger).toHaveCount(0);
});

test('the way back stands at the other side, or not at all, as the widget says', async ({ page, site, server }) => {
  await page.setViewportSize(DESKTOP);
  const visit = async (toml: string) => {
    await page.context().clearCookies();
    await page.goto(site.page('/side', plain(applyVariant(server, 82, look(toml)))));
    await ui(page).refuseAll.click();
    await receipt(page);
    await page.reload();
    await page.waitForFunction(() => (window.placet as any)?.manager?.hasConsented());
  };
  await visit('trigger = "bottom-end"');
  await expect(ui(page).trigger).toBeVisible();
  expect((await ui(page).trigger.boundingBox())?.x).toBeGreaterThan(DESKTOP.width / 2);
  await page.evaluate(() => localStorage.removeItem('placet-config'));
  await visit('trigger = "none"');
  await page.evaluate(() => new Promise((done) => requestIdleCallback(done)));
  await expect(ui(page).trigger).toHaveCount(0);
});

test('closing the banner by "Continue without accepting" is refusing', async ({ page, site, server, trackers }) => {
  const snippet = applyVariant(server, 83, look('continue-without = true'));
  await page.goto(site.page('/continue', plain(snippet)));
  await expect(ui(page).refuseAll).toHaveCount(1);
  await page.getByRole('button', { name: 'Continue without accepting' }).click();
  await expect(ui(page).banner).toHaveCount(0);
  await receipt(page);
  expect(await cookie(page)).toMatchObject({ session: true, youtube: false, drift: false });
  expect(trackers.hits().total).toBe(0);
});

test('the settings say what there is, how long it is kept, and the number of the proof, which can be copied', async ({
  page,
  site,
  snippet,
}) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(site.page('/what', plain(snippet)));
  await ui(page).settings.click();
  const { preferences } = ui(page);
  await expect(preferences).toContainText('1 service');
  await expect(preferences).toContainText('2 services');
  await expect(preferences.locator('[part=cookies]').first()).toHaveText(
    'sessionuntil you close the browsereuconsent6 months',
  );
  await expect(preferences.locator('[part=cookies]').nth(2)).toHaveText('_ga*2 years_gid1 day_gat*1 day');
  await expect(preferences.locator('[part=receipt]')).toHaveCount(0);
  await ui(page).save.click();
  const { consentId } = await receipt(page);

  await page.evaluate(() => (window.placet as any).manager.open());
  await expect(preferences.locator('[part=receipt]')).toContainText(`Consent ID ${consentId}`);
  const today = new Date().toLocaleDateString('en', { dateStyle: 'long' });
  await expect(preferences.locator('[part=receipt]')).toContainText(`You decided on ${today}.`);
  await ui(page).copy.click();
  await expect(ui(page).copy).toHaveText('Copied');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(consentId);

  // A group can be folded and unfolded, and its switches go on working.
  await preferences.getByText('2 services').click();
  await expect(ui(page).service('drift')).toBeHidden();
  await ui(page).purpose('Marketing').check();
  await ui(page).save.click();
  await expect.poll(() => cookie(page)).toMatchObject({ drift: true, 'google-ads': true, analytics: false });
});

test('settings at the side are as high as the window', async ({ page, site, server }) => {
  const snippet = applyVariant(server, 84, look('settings = "panel"'));
  await page.setViewportSize(DESKTOP);
  await page.goto(site.page('/panel', plain(snippet)));
  await ui(page).settings.click();
  await expect(ui(page).preferences).toBeVisible();
  const stands = await ui(page).preferences.evaluate((panel) => {
    for (const animation of panel.getAnimations()) animation.finish();
    return panel.getBoundingClientRect().toJSON();
  });
  expect(stands).toMatchObject({ top: 0, right: DESKTOP.width, height: DESKTOP.height });
});

test("colours are the widget's, in light and dark, and the site's own style sheet has the last word", async ({
  page,
  site,
  server,
}) => {
  const own = look('preset = "ocean"\nradius = 4\n[appearance.light]\naccent = "#7a1fa2"');
  const snippet = applyVariant(server, 85, own);
  await page.goto(site.page('/colours', plain(snippet)));
  const background = (expected: string) => expect(ui(page).acceptAll).toHaveCSS('background-color', expected);
  await background('rgb(122, 31, 162)');
  await expect(ui(page).banner).toHaveCSS('border-radius', '4px');
  await expect(ui(page).banner).toHaveCSS('background-color', 'rgb(255, 255, 255)');
  await page.emulateMedia({ colorScheme: 'dark' });
  await background('rgb(125, 180, 255)');
  await expect(ui(page).banner).toHaveCSS('background-color', 'rgb(15, 26, 43)');

  await page.addStyleTag({ content: '#placet { --placet-accent: #060 } #placet::part(title) { color: rgb(1, 2, 3) }' });
  await background('rgb(0, 102, 0)');
  await expect(ui(page).banner.getByRole('heading')).toHaveCSS('color', 'rgb(1, 2, 3)');

  // What is refused stands as accepting does: size, weight and colours are the same.
  const faces = [ui(page).refuseAll, ui(page).acceptAll].map((button) =>
    button.evaluate((element) => {
      const { width, height, color, backgroundColor, fontSize, fontWeight, borderColor } = getComputedStyle(element);
      return { width, height, color, backgroundColor, fontSize, fontWeight, borderColor };
    }),
  );
  const [refuse, accept] = await Promise.all(faces);
  expect(refuse).toEqual(accept);
});

test('a theme that is forced does not follow the device, and the settings of a later page have it too', async ({
  page,
  site,
  server,
}) => {
  const snippet = applyVariant(server, 86, look('theme = "dark"'));
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(site.page('/forced', plain(snippet)));
  await expect(ui(page).banner).toHaveCSS('background-color', 'rgb(27, 30, 38)');
  await ui(page).refuseAll.click();
  await receipt(page);
  await page.reload();
  await expect(ui(page).trigger).toHaveCSS('background-color', 'rgb(27, 30, 38)');
  await ui(page).trigger.click();
  await expect(ui(page).preferences).toHaveCSS('background-color', 'rgb(27, 30, 38)');
});

test("styles leak neither in nor out: the page's own rules stay the page's", async ({ page, site, snippet }) => {
  const wild = '<style>* { color: red !important; font-size: 40px } button { display: none }</style>';
  await page.goto(site.page('/wild', plain(snippet, 'en', wild)));
  await expect(ui(page).acceptAll).toBeVisible();
  await expect(ui(page).banner).toHaveCSS('font-size', '16px');
  await expect(ui(page).banner.locator('[part=text]')).toHaveCSS('color', 'rgb(85, 91, 103)');
  await expect(page.getByRole('heading', { level: 1 })).toHaveCSS('color', 'rgb(255, 0, 0)');
});

test('whoever wants no motion sees none', async ({ page, site, snippet }) => {
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  const address = site.page('/motion', plain(snippet));
  await page.goto(address);
  await expect(ui(page).banner).toHaveCSS('animation-name', 'rise');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await expect(ui(page).banner).toHaveCSS('animation-name', 'none');
  await ui(page).settings.click();
  await expect(ui(page).preferences).toHaveCSS('animation-name', 'none');
});
