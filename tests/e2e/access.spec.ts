/** That everybody can use it: by keyboard, by ear, with large letters, in forced colours (WCAG 2.2 AA, RGAA 4.1). */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { coreIsThere, expect, receipt, test, ui } from './site.ts';
import { applyVariant, look, speaking } from './variant.ts';

const plain = (snippet: string, lang = 'en', inline = ''): string =>
  `<!doctype html><html lang="${lang}"><meta name="viewport" content="width=device-width"><title>A page</title>
  ${snippet}<main><h1>A page</h1>${inline}${'<p>Some words. <a href="#top">And a link</a></p>'.repeat(40)}</main>`;

/** What is kept clear of the banner at the page's two ends. */
const room = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { paddingBlockStart, paddingBlockEnd } = getComputedStyle(document.documentElement);
    return `${paddingBlockStart} ${paddingBlockEnd}`;
  });

async function nothingInTheWay(page: Page, what: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).include('#placet').analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  expect(found, what).toEqual([]);
}

for (const [name, toml] of [
  ['box', 'continue-without = true'],
  ['bar', 'layout = "bar"\npreset = "ocean"'],
  ['cloud', 'layout = "cloud"\npreset = "sand"\nsettings = "panel"'],
  ['inline', 'layout = "inline"\npreset = "contrast"'],
] as const) {
  test(`axe finds nothing: ${name}, both layers and the way back, light and dark, from left and right, desktop and phone`, async ({
    page,
    site,
    server,
  }) => {
    test.slow();
    const snippet = applyVariant(server, 90, [...look(toml), ...speaking('ar')]);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    for (const lang of ['en', 'ar']) {
      await page.context().clearCookies();
      await page.goto(
        site.page(`/axe-${name}`, plain(snippet, lang, name === 'inline' ? '<div data-placet-inline></div>' : '')),
      );
      await expect(ui(page).banner).toBeVisible();
      const everywhere = async (layer: string) => {
        for (const width of [1200, 360]) {
          await page.setViewportSize({ width, height: 720 });
          for (const colorScheme of ['light', 'dark'] as const) {
            await page.emulateMedia({ colorScheme });
            await nothingInTheWay(page, `${layer}, ${lang}, ${width}, ${colorScheme}`);
          }
        }
      };
      await everywhere('the banner');
      await ui(page).settings.click();
      await expect(ui(page).preferences).toBeVisible();
      await everywhere('the settings');
      await ui(page).save.click();
      await expect(ui(page).trigger).toBeVisible();
      await nothingInTheWay(page, `the way back, ${lang}`);
    }
  });
}

test('by ear: roles and names are those of what is seen', async ({ page, site, snippet }) => {
  await page.goto(site.page('/ear', plain(snippet)));
  await expect(ui(page).banner).toMatchAriaSnapshot(`
    - region "Your privacy, your choice":
      - heading "Your privacy, your choice" [level=2]
      - paragraph: /We and the companies/
      - button "Refuse all"
      - button "Accept all"
      - button "Settings"
  `);
  await ui(page).settings.click();
  await expect(ui(page).preferences).toMatchAriaSnapshot(`
    - dialog "Privacy settings":
      - heading "Privacy settings" [level=2]
      - button "Close"
      - paragraph
      - heading "Necessary" [level=3]
      - text: Always on
      - switch "Necessary" [checked] [disabled]
  `);
  await expect(page.getByRole('switch', { name: 'Google Ads' })).not.toBeChecked();
  await expect(page.getByRole('switch')).toHaveCount(9);
});

test('by keyboard: the banner takes no focus and traps none; the settings take it, keep it and give it back', async ({
  page,
  site,
  snippet,
}) => {
  await page.goto(site.page('/keys', plain(snippet)));
  await expect(ui(page).banner).toBeVisible();
  expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);

  // Backwards from the page's beginning the banner is the first thing, as it stands at the end of the page.
  await page.locator('a').last().focus();
  for (const button of ['refuseAll', 'acceptAll', 'settings'] as const) {
    await page.keyboard.press('Tab');
    await expect(ui(page)[button]).toBeFocused();
  }
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await expect(page.locator('a').last()).toBeFocused();

  await ui(page).settings.focus();
  await page.keyboard.press('Enter');
  await expect(ui(page).preferences).toBeVisible();
  const isInside = () =>
    page.evaluate(() => document.querySelector('#placet')?.shadowRoot?.activeElement?.closest('dialog') !== null);
  for (let press = 0; press < 30; press += 1) {
    await page.keyboard.press('Tab');
    const outside = await page.evaluate(
      () => document.activeElement?.id !== 'placet' && document.activeElement !== document.body,
    );
    expect(outside, 'the focus never lands on the page behind').toBe(false);
  }
  await ui(page).purpose('Marketing').focus();
  expect(await isInside()).toBe(true);
  await page.keyboard.press('Space');
  await expect(ui(page).service('drift')).toBeChecked();
  await page.keyboard.press('Escape');
  await expect(ui(page).preferences).toHaveCount(0);
  await expect(ui(page).settings).toBeFocused();
  await expect(ui(page).banner).toBeVisible();
});

for (const [name, toml] of [
  ['a box', ''],
  ['a bar at the top', 'layout = "bar"\nposition = "top"'],
] as const) {
  test(`what is focused is never hidden behind ${name}`, async ({ page, site, server }) => {
    await page.setViewportSize({ width: 360, height: 640 });
    const snippet = applyVariant(server, 91, look(toml));
    await page.goto(site.page('/hidden', plain(snippet)));
    await expect(ui(page).banner).toBeVisible();
    await coreIsThere(page);
    await page.locator('h1').click();
    for (let press = 0; press < 40; press += 1) {
      await page.keyboard.press('Tab');
      const covered = await page.evaluate(() => {
        const link = document.activeElement as HTMLElement;
        const banner = document.querySelector('#placet')?.shadowRoot?.querySelector('[data-placet=banner]');
        if (link.tagName !== 'A' || !banner) return false;
        const one = link.getBoundingClientRect();
        const other = banner.getBoundingClientRect();
        return one.top >= other.top && one.bottom <= other.bottom;
      });
      expect(covered, `link ${press}`).toBe(false);
    }
    await ui(page).refuseAll.click();
    await receipt(page);
    expect(await room(page)).toBe('0px 0px');
  });
}

test('what was kept clear of the banner is let go when another tab answers', async ({
  page,
  context,
  site,
  snippet,
}) => {
  const address = site.page('/tabs', plain(snippet));
  await page.goto(address);
  await coreIsThere(page);
  await page.locator('h1').click();
  await page.keyboard.press('Tab');
  await expect.poll(() => room(page)).not.toBe('0px 0px');
  const other = await context.newPage();
  await other.goto(address);
  await ui(other).refuseAll.click();
  await expect(ui(page).banner).toHaveCount(0);
  await expect.poll(() => room(page)).toBe('0px 0px');
});

test('at 400 %, on 320 by 256 pixels, everything can be read and reached, and nothing scrolls sideways', async ({
  page,
  site,
  server,
}) => {
  await page.setViewportSize({ width: 320, height: 256 });
  const snippet = applyVariant(server, 92, speaking('de', 'el'));
  for (const lang of ['en', 'de', 'el']) {
    await page.goto(site.page('/large', plain(snippet, lang)));
    await expect(ui(page).banner).toBeVisible();
    const sideways = () =>
      page.evaluate(() => {
        const root = document.querySelector('#placet')?.shadowRoot;
        const wide = [...(root?.querySelectorAll('*') ?? [])].filter((element) => {
          const { left, right, width } = element.getBoundingClientRect();
          return width > 0 && (left < -1 || right > 321);
        });
        return wide.map((element) => element.outerHTML.slice(0, 80));
      });
    expect(await sideways()).toEqual([]);
    for (const button of [ui(page).refuseAll, ui(page).acceptAll]) await expect(button).toBeInViewport();
    await ui(page).settings.click();
    await expect(ui(page).preferences).toBeVisible();
    expect(await sideways()).toEqual([]);
    await ui(page).service('google-ads').check();
    await ui(page).close.click();
  }
});

test('every target is 24 pixels or more, and answers are 44', async ({ page, site, snippet }) => {
  await page.goto(site.page('/targets', plain(snippet)));
  await ui(page).settings.click();
  await expect(ui(page).preferences).toBeVisible();
  const small = await ui(page).preferences.evaluate((dialog) =>
    [...dialog.querySelectorAll('button, input, summary')]
      .map((element) => [element.outerHTML.slice(0, 60), element.getBoundingClientRect()] as const)
      .filter(([, { width, height }]) => width < 24 || height < 24)
      .map(([html]) => html),
  );
  expect(small).toEqual([]);
  for (const button of [ui(page).refuseAll, ui(page).acceptAll, ui(page).settings]) {
    expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  }
});

test('in forced colours, shapes say what colours cannot', async ({ page, site, snippet }) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await page.goto(site.page('/forced-colours', plain(snippet)));
  await expect(ui(page).acceptAll).toHaveCSS('border-top-style', 'solid');
  await ui(page).settings.click();
  await expect(ui(page).preferences).toHaveCSS('border-top-style', 'solid');
  await expect(ui(page).service('drift')).toHaveCSS('border-top-style', 'solid');
  const knob = (slug: string) =>
    ui(page)
      .service(slug)
      .evaluate((element) => getComputedStyle(element, '::before').translate);
  expect(await knob('session')).not.toBe(await knob('drift'));
});
