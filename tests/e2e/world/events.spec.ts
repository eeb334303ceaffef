/** Pages whose listeners take what happens in the banner for what happens to a `div`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { build } from 'esbuild';
import { root } from '../../../scripts/lib.mjs';
import { coreIsThere, cookie, expect, receipt, test, ui } from '../site.ts';

const html = (snippet: string, script: string, body = '<h1>A page</h1>'): string =>
  `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>A page</title>
  <script>${script}</script>${snippet}</head><body>${body}${'<p>Some words. <a href="#">And a link</a></p>'.repeat(60)}</body></html>`;

/** A page that prevents these events, from where and when listeners can stand. */
const preventing = (target: string, capture: boolean, types: string[]): string =>
  `for (const type of ${JSON.stringify(types)}) ${target}.addEventListener(type, (event) => event.preventDefault(), { capture: ${capture}, passive: false });`;

const PLACES = [
  ['document, bubbling', 'document', false],
  ['document, capturing', 'document', true],
  ['window, bubbling', 'window', false],
  ['window, capturing', 'window', true],
] as const;

const isScrolled = (page: Page): Promise<number> =>
  ui(page).preferences.evaluate((dialog) => (dialog.querySelector('[part=body]') ?? dialog).scrollTop);

/** Room for some of the preferences only. */
const LOW = { width: 700, height: 520 };

for (const [name, target, capture] of PLACES) {
  test(`keys that the page swallows: ${name}`, async ({ page, site, snippet }) => {
    const script = preventing(target, capture, ['keydown', 'keyup', 'keypress']);
    await page.goto(site.page('/keys', html(snippet, script)));
    await coreIsThere(page);
    await ui(page).settings.focus();
    await page.keyboard.press('Space');
    await expect(ui(page).preferences).toBeVisible();
    await ui(page).service('drift').focus();
    await page.keyboard.press('Space');
    await expect(ui(page).service('drift')).toBeChecked();
    await expect(ui(page).purpose('Marketing')).toHaveJSProperty('indeterminate', true);
    await page.keyboard.press('Space');
    await expect(ui(page).service('drift')).not.toBeChecked();
    const services = ui(page).preferences.getByText('2 services');
    await services.focus();
    await page.keyboard.press('Enter');
    await expect(ui(page).service('drift')).toBeHidden();
    await page.keyboard.press('Escape');
    await expect(ui(page).preferences).toHaveCount(0);
    await ui(page).refuseAll.focus();
    await page.keyboard.press('Enter');
    await expect(ui(page).banner).toHaveCount(0);
    await receipt(page);
    // The trigger, with nothing but the gate: it hears what bubbles before the page does.
    if (capture) return;
    await page.reload();
    await ui(page).trigger.focus();
    await page.keyboard.press('Space');
    await expect(ui(page).preferences).toBeVisible();
  });

  test(`a wheel that the page swallows: ${name}`, async ({ page, site, snippet }) => {
    await page.setViewportSize(LOW);
    await page.goto(site.page('/wheel', html(snippet, preventing(target, capture, ['wheel']))));
    await coreIsThere(page);
    await ui(page).settings.click();
    await ui(page).preferences.locator('[part=body]').hover();
    await page.mouse.wheel(0, 120);
    await expect.poll(() => isScrolled(page)).toBeGreaterThan(60);
    await page.mouse.wheel(0, 2000);
    await expect.poll(() => isScrolled(page)).toBeGreaterThan(300);
  });

  test(`clicks, presses and menus that the page swallows: ${name}`, async ({ page, site, snippet }) => {
    const types = [
      'click',
      'mousedown',
      'mouseup',
      'pointerdown',
      'pointerup',
      'contextmenu',
      'selectstart',
      'dragstart',
    ];
    await page.goto(site.page('/clicks', html(snippet, preventing(target, capture, types))));
    await coreIsThere(page);
    await ui(page).settings.click();
    await ui(page).service('drift').click();
    await expect(ui(page).service('drift')).toBeChecked();
    await ui(page).preferences.locator('label[for=youtube]').click();
    await expect(ui(page).service('youtube')).toBeChecked();
    await ui(page).save.click();
    await expect.poll(() => cookie(page)).toMatchObject({ drift: true, youtube: true, analytics: false });
  });
}

test.describe('by touch', () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 640 } });

  for (const [name, target, capture] of PLACES) {
    test(`touches that the page swallows: ${name}`, async ({ page, site, snippet }) => {
      const types = ['touchstart', 'touchmove', 'touchend'];
      await page.goto(site.page('/touches', html(snippet, preventing(target, capture, types))));
      await coreIsThere(page);
      await ui(page).settings.tap();
      await expect(ui(page).preferences).toBeVisible();
      await swipe(page, '[part=body]', -150);
      await expect.poll(() => isScrolled(page)).toBeGreaterThan(60);
      await ui(page).service('drift').tap();
      await expect(ui(page).service('drift')).toBeChecked();
      await ui(page).save.tap();
      await expect.poll(() => cookie(page)).toMatchObject({ drift: true, youtube: false });
    });
  }

  test('touches that a carousel swallows, before there is more than the gate', async ({ page, site, snippet }) => {
    const script = preventing('document', false, ['touchstart', 'touchend']);
    await page.route(/placet-[^/]*\.js/, async (route) => {
      await held;
      await route.continue();
    });
    let release = (): void => {};
    const held = new Promise<void>((done) => (release = done));
    await page.goto(site.page('/early', html(snippet, script)));
    await ui(page).refuseAll.tap();
    await expect(ui(page).banner).toHaveCount(0);
    release();
    await receipt(page);
    await page.reload();
    await ui(page).trigger.tap();
    await expect(ui(page).preferences).toBeVisible();
  });

  test('Swiper, around the page', async ({ page, site, snippet }) => {
    const style = readFileSync(join(root, 'node_modules', 'swiper', 'swiper-bundle.min.css'), 'utf8');
    const script = await library(`
      import Swiper from 'swiper/bundle';
      document.body.classList.add('swiper');
      new Swiper(document.body, { touchStartPreventDefault: true, touchStartForcePreventDefault: true, touchEventsTarget: 'container', mousewheel: true, keyboard: true });
    `);
    const body = `<style>${style}</style><div class="swiper-wrapper"><div class="swiper-slide">One</div><div class="swiper-slide">Two</div></div><script>${script}</script>`;
    await page.goto(site.page('/swiper', html(snippet, '', body)));
    await coreIsThere(page);
    await ui(page).settings.tap();
    await swipe(page, '[part=body]', -150);
    await expect.poll(() => isScrolled(page)).toBeGreaterThan(60);
    await ui(page).service('drift').tap();
    await expect(ui(page).service('drift')).toBeChecked();
    await ui(page).save.tap();
    await expect.poll(() => cookie(page)).toMatchObject({ drift: true });
  });
});

test('Lenis scrolls the page smoothly, and the preferences scroll all the same', async ({ page, site, snippet }) => {
  await page.setViewportSize(LOW);
  const script = await library(`
    import Lenis from 'lenis';
    window.lenis = new Lenis({ autoRaf: true });
  `);
  await page.goto(site.page('/lenis', html(snippet, '', `<script>${script}</script>`)));
  await coreIsThere(page);
  await page.mouse.move(650, 20);
  await page.mouse.wheel(0, 300);
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(100);
  await ui(page).settings.click();
  await ui(page).preferences.locator('[part=body]').hover();
  await page.mouse.wheel(0, 2000);
  await expect.poll(() => isScrolled(page)).toBeGreaterThan(300);
});

test('a dialog of the page that traps the focus (focus-trap)', async ({ page, site, snippet }) => {
  const script = await library(`
    import { createFocusTrap } from 'focus-trap';
    createFocusTrap(document.querySelector('#modal'), { escapeDeactivates: false, clickOutsideDeactivates: false }).activate();
  `);
  const modal = '<div id="modal" role="dialog" aria-modal="true">News <button>Yes</button> <button>No</button></div>';
  await page.goto(site.page('/trap', html(snippet, '', `${modal}<script>${script}</script>`)));
  await coreIsThere(page);
  await ui(page).settings.focus();
  await expect(ui(page).settings).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await expect(ui(page).acceptAll).toBeFocused();
  await ui(page).settings.click();
  await ui(page).service('drift').check();
  await ui(page).save.click();
  await expect.poll(() => cookie(page)).toMatchObject({ drift: true });
});

test('a focus trap that pulls the focus back as soon as it leaves', async ({ page, site, snippet }) => {
  const script = `addEventListener('DOMContentLoaded', () => {
    const inside = document.querySelector('#inside');
    for (const capture of [true, false]) document.addEventListener('focusin', ({ target }) => { if (target !== inside) inside.focus(); }, capture);
    inside.focus();
  })`;
  await page.goto(site.page('/pull', html(snippet, script, '<input id="inside">')));
  await coreIsThere(page);
  await ui(page).acceptAll.focus();
  await expect(ui(page).acceptAll).toBeFocused();
  await page.keyboard.press('Enter');
  await receipt(page);
});

test('the page’s own listeners hear nothing of what a visitor does in the banner', async ({ page, site, snippet }) => {
  const types = [
    'click',
    'keydown',
    'keyup',
    'pointerdown',
    'mousedown',
    'input',
    'change',
    'wheel',
    'focusin',
    'copy',
  ];
  const script = `window.seen = []; for (const type of ${JSON.stringify(types)}) for (const capture of [true, false])
    document.addEventListener(type, ({ type, composedPath, target }) => target.id === 'placet' && seen.push(type), capture);`;
  await page.goto(site.page('/heard', html(snippet, script)));
  await coreIsThere(page);
  await page.evaluate(() => ((window as any).seen.length = 0));
  await ui(page).settings.click();
  await ui(page).service('drift').check();
  await page.keyboard.press('Tab');
  await ui(page).save.click();
  await receipt(page);
  expect(await page.evaluate(() => (window as any).seen)).toEqual([]);
});

/** A script of a library as a page's bundler would make it. */
async function library(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    write: false,
    minify: true,
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  return outputFiles[0]!.text.replaceAll('</script', '<\\/script');
}

/** Moves a finger upwards over a part of the preferences, as a browser's own input. */
async function swipe(page: Page, part: string, by: number): Promise<void> {
  const { x, y, width, height } = (await ui(page).preferences.locator(part).boundingBox())!;
  const client = await page.context().newCDPSession(page);
  const at = (distance: number) => [{ x: x + width / 2, y: y + height / 2 + distance }];
  await client.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(0) });
  for (let step = 1; step <= 10; step++) {
    await client.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at((by * step) / 10) });
  }
  await client.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}
