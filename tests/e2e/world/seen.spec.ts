/** Pages whose rules reach the host, cover it, or make it inert. */
import type { Page } from '@playwright/test';
import { complaints, coreIsThere, expect, receipt, test, ui } from '../site.ts';
import { applyVariant, look } from '../variant.ts';
import { withBlocker } from './blocker.ts';
import { isAnswerable, isReached } from './reach.ts';

const html = (snippet: string, head = '', body = '<h1>A page</h1>'): string =>
  `<!doctype html><html lang="en"><head><title>A page</title>${head}${snippet}</head><body>${body}
  ${'<p>Some words. <a href="#">And a link</a></p>'.repeat(60)}</body></html>`;

/** Rules that hide what is around them, from themes and from resets. */
const HIDING: [name: string, css: string][] = [
  ['empty elements are hidden (Shopify Dawn)', 'div:empty { display: none }'],
  ['whatever is put into the body is hidden', 'body > div { display: none !important }'],
  ['everything is reset', '* { all: unset }'],
  ['opacity, visibility and events', 'div { opacity: 0; visibility: hidden; pointer-events: none }'],
  [
    'size and clipping',
    'div { height: 0 !important; width: 0; overflow: hidden; clip-path: inset(50%); contain: strict; mask: linear-gradient(#0000, #0000) }',
  ],
  [
    'transforms and filters',
    'div { transform: translateX(-200vw) scale(0) !important; filter: opacity(0); zoom: 0.1 }',
  ],
  [
    'the host by its name',
    '#placet { display: none !important; position: absolute !important; left: -9999px !important }',
  ],
  ['the host by its attribute', 'html body [popover][popover]:not(a) { display: none !important; inset: 300vh }'],
  [
    'animations',
    '@keyframes away { to { opacity: 0; transform: translateY(200vh) } } div { animation: away 1ms forwards !important }',
  ],
  ['content that is skipped', 'div { content-visibility: hidden !important }'],
];

test('no rule of a page hides the banner, the preferences or the trigger', async ({ page, site, snippet }) => {
  test.slow();
  for (const [name, css] of HIDING) {
    await test.step(name, async () => {
      await page.context().clearCookies();
      await page.goto(site.page('/hiding', html(snippet, `<style>${css}</style>`)));
      await isAnswerable(page);
      await ui(page).settings.click();
      await expect(ui(page).preferences).toBeVisible();
      await expect.poll(() => isReached(ui(page).purpose('Preference'))).toBe(true);
      await ui(page).save.click();
      await expect(ui(page).banner).toHaveCount(0);
      await expect.poll(() => isReached(ui(page).trigger)).toBe(true);
    });
  }
});

test('a page’s backdrop is not drawn behind the banner', async ({ page, site, snippet }) => {
  await page.goto(site.page('/backdrop', html(snippet, '<style>::backdrop { background: red !important }</style>')));
  await isAnswerable(page);
  const backdrop = () =>
    page.evaluate(() => getComputedStyle(document.querySelector('#placet') as Element, '::backdrop').display);
  expect(await backdrop()).toBe('none');
});

const BODIES = [
  'transform: translateZ(0)',
  'filter: brightness(1)',
  'backdrop-filter: blur(0)',
  'will-change: transform',
  'perspective: 1000px',
  'contain: layout paint',
  'container-type: inline-size',
  'overflow: hidden; height: 100vh; position: relative; isolation: isolate; z-index: -1',
  'display: grid; gap: 200px; grid-template-rows: 1fr',
];

test('whatever a body is to what is fixed in it, the banner stands at the window’s corner', async ({
  page,
  site,
  snippet,
}) => {
  test.slow();
  for (const style of BODIES) {
    await test.step(style, async () => {
      await page.context().clearCookies();
      await page.goto(site.page('/body', html(snippet, `<style>body { ${style} }</style>`)));
      await isAnswerable(page);
      const stands = await ui(page).banner.evaluate((banner) => {
        const { left, bottom } = banner.getBoundingClientRect();
        return { left, bottom: innerHeight - bottom };
      });
      expect(stands.left).toBeCloseTo(20, 0);
      expect(stands.bottom).toBeCloseTo(20, 0);
      await ui(page).refuseAll.click();
      await expect.poll(() => isReached(ui(page).trigger)).toBe(true);
      const { y } = (await ui(page).trigger.boundingBox()) ?? { y: 0 };
      expect(y).toBeGreaterThan((page.viewportSize()?.height ?? 0) - 100);
    });
  }
});

test('nothing of the page’s z-index lies over the banner', async ({ page, site, snippet }) => {
  const over = '<div style="position: fixed; inset: 0; background: #fff8; z-index: 2147483647">A chat</div>';
  await page.goto(site.page('/over', html(snippet, '', over)));
  await isAnswerable(page);
  await ui(page).refuseAll.click();
  await expect.poll(() => isReached(ui(page).trigger)).toBe(true);
});

/** What makes a page inert, or lies over all of it; each can be done before the banner is there, and after. */
const COVERS: [name: string, body: string, cover: string, uncover: string][] = [
  ['a modal dialog', '<dialog>News <button>No</button></dialog>', `$('dialog').showModal()`, `$('dialog').close()`],
  [
    'a modal dialog in another',
    '<dialog id="a">News <button>No</button><dialog id="b"><button>Really</button></dialog></dialog>',
    `$('#a').showModal(), $('#b').showModal()`,
    `$('#b').close()`,
  ],
  [
    'a modal dialog in a web component',
    '<x-news></x-news><script>customElements.define("x-news", class extends HTMLElement { constructor() { super(); this.attachShadow({ mode: "open" }).innerHTML = "<dialog><slot></slot><button>No</button></dialog>"; } })</script>',
    `$('x-news').shadowRoot.querySelector('dialog').showModal()`,
    `$('x-news').shadowRoot.querySelector('dialog').close()`,
  ],
  [
    'a popover over all of it',
    '<div popover="manual" id="pop" style="inset: 0; width: 100vw; height: 100vh; box-sizing: border-box">News</div>',
    `$('#pop').showPopover()`,
    `$('#pop').hidePopover()`,
  ],
  ['an inert body', '', `document.body.inert = true`, `document.body.inert = false`],
  [
    'whatever stands beside a dialog of divs is inert',
    '<div id="modal">News</div>',
    `for (const one of document.body.children) if (one.id !== 'modal') one.inert = true, one.ariaHidden = 'true'`,
    `for (const one of document.body.children) one.inert = false, one.ariaHidden = null`,
  ],
];

const run = (page: Page, code: string): Promise<void> =>
  page.evaluate((code) => {
    const $ = (selector: string) => document.querySelector(selector);
    new Function('$', code)($);
  }, code);

for (const [name, body, cover, uncover] of COVERS) {
  test(`before the banner or after it: ${name}`, async ({ page, site, snippet }) => {
    test.slow();
    const withCover = body + '<h1>A page</h1>';
    // Before.
    const early = `<script>addEventListener('DOMContentLoaded', () => { const $ = (selector) => document.querySelector(selector); ${cover} })</script>`;
    await page.goto(site.page('/before', html(snippet, '', withCover + early)));
    await isAnswerable(page);
    await run(page, uncover);
    await isAnswerable(page);
    await ui(page).refuseAll.click();
    await expect(ui(page).banner).toHaveCount(0);
    await receipt(page);

    // After.
    await page.context().clearCookies();
    await page.goto(site.page('/after', html(snippet, '', withCover)));
    await isAnswerable(page);
    await coreIsThere(page);
    await run(page, cover);
    await isAnswerable(page);
    expect(await page.evaluate(() => document.querySelector('#placet')?.closest('[aria-hidden]') ?? null)).toBe(null);
    await ui(page).acceptAll.click();
    await expect(ui(page).banner).toHaveCount(0);
    await receipt(page);
    await run(page, uncover);
    expect(await page.locator('[id="placet"]').count()).toBeLessThanOrEqual(1);
  });
}

test('an element that fills the screen leaves the banner to be answered', async ({ page, site, snippet }) => {
  const film = '<div id="film" onclick="this.requestFullscreen()" style="background: #000; color: #fff">A film</div>';
  await page.goto(site.page('/film', html(snippet, '', film)));
  await isAnswerable(page);
  await coreIsThere(page);
  await page.locator('#film').click();
  await expect.poll(() => page.evaluate(() => document.fullscreenElement?.id)).toBe('film');
  await isAnswerable(page);
  await ui(page).refuseAll.click();
  await expect(ui(page).banner).toHaveCount(0);
});

test('inline, the banner stays in the page’s own flow, under its dialogs', async ({ page, site, server }) => {
  const snippet = applyVariant(server, 95, look('layout = "inline"'));
  await page.goto(
    site.page(
      '/inline',
      html(snippet, '<style>div { display: none !important }</style>', '<main data-placet-inline></main>'),
    ),
  );
  await isAnswerable(page);
  expect(await page.locator('#placet:popover-open').count()).toBe(0);
  const below = await page.evaluate(() => {
    const banner = document.querySelector('#placet')!.shadowRoot!.querySelector('[data-placet=banner]')!;
    return document.querySelector('p')!.getBoundingClientRect().top >= banner.getBoundingClientRect().bottom;
  });
  expect(below).toBe(true);
  await ui(page).refuseAll.click();
  await expect.poll(() => isReached(ui(page).trigger)).toBe(true);
});

test('on paper there is nothing of Placet', async ({ page, site, snippet, trackers }) => {
  const frame = `<iframe data-consent="youtube" data-src="${trackers.origin}/frame.html" width="400" height="300"></iframe>`;
  await page.goto(site.page('/print', html(snippet, '', frame)));
  await isAnswerable(page);
  await expect(page.locator('[data-placet-placeholder]')).toBeVisible();
  await coreIsThere(page);
  // A visitor with a keyboard has made room for the banner; not on paper.
  await page.keyboard.press('Tab');
  const roomBelow = () => page.evaluate(() => getComputedStyle(document.documentElement).paddingBlockEnd);
  await expect.poll(roomBelow).not.toBe('0px');
  const nothing = async () => {
    await page.emulateMedia({ media: 'print' });
    const shown = await page.evaluate(() => {
      const hosts = [...document.querySelectorAll('#placet, [data-placet-placeholder]')];
      const inside = hosts.flatMap((host) => [...host.shadowRoot!.querySelectorAll('*')]);
      return [...hosts, ...inside]
        .filter((element) => element.getClientRects().length)
        .map((element) => element.outerHTML.slice(0, 60));
    });
    expect(shown).toEqual([]);
    expect(await roomBelow()).toBe('0px');
    await page.emulateMedia({ media: null });
  };
  await nothing();
  await ui(page).settings.click();
  await expect(ui(page).preferences).toBeVisible();
  await nothing();
  await expect(ui(page).preferences).toBeVisible();
  await ui(page).save.click();
  await expect(ui(page).trigger).toBeVisible();
  await nothing();
});

test('an ad blocker that hides the host: the preferences do not make the page inert, and one sentence says why', async ({
  site,
  snippet,
}) => {
  await withBlocker(async (page, hide) => {
    const said = complaints(page);
    const link = '<button id="cookies" onclick="placet.manager.open()">Cookies</button>';
    await page.goto(site.page('/blocked', html(snippet, '', link)));
    await isAnswerable(page);
    await hide('#placet { display: none !important }');
    await expect(ui(page).banner).toBeHidden();
    await page.locator('#cookies').click();
    await expect.poll(() => said).toHaveLength(1);
    expect(said[0]).toContain('cannot be seen');
    await expect(ui(page).preferences).toHaveCount(0);
    // The page is as it was: a click reaches it.
    await page.locator('#cookies').click();
    await expect.poll(() => said).toHaveLength(2);
  });
});

test('an ad blocker that comes late: the preferences that it hides release the page', async ({ site, snippet }) => {
  await withBlocker(async (page, hide) => {
    const said = complaints(page);
    await page.goto(site.page('/late', html(snippet)));
    await ui(page).settings.click();
    await expect(ui(page).preferences).toBeVisible();
    await hide('#placet { display: none !important }');
    await expect.poll(() => said).toHaveLength(1);
    await page.locator('a').first().click();
  });
});

test('a page whose own rule takes the preferences away is not made inert by them', async ({ page, site, snippet }) => {
  const said = complaints(page);
  for (const rule of ['display: none', 'visibility: hidden', 'transform: translateX(300vw)', 'pointer-events: none']) {
    await page.goto(
      site.page('/part', html(snippet, `<style>#placet::part(preferences) { ${rule} !important }</style>`)),
    );
    said.length = 0;
    await ui(page).settings.click();
    await expect.poll(() => said, rule).toHaveLength(1);
    await expect(ui(page).preferences).toHaveCount(0);
    await page.locator('a').first().click();
  }
});

test('an ad blocker that removes the host each time it comes: the page does not hang', async ({
  page,
  site,
  snippet,
}) => {
  const blocker = `<script>
    window.removed = 0;
    new MutationObserver(() => { const host = document.querySelector('#placet'); if (host) { removed++; host.remove(); } })
      .observe(document, { childList: true, subtree: true });
  </script>`;
  await page.goto(site.page('/removed', html(snippet, blocker)));
  await expect.poll(() => page.evaluate(() => (window as any).removed)).toBeGreaterThan(0);
  await page.evaluate(() => (window as any).placet.push((manager: any) => manager.open()));
  await page.locator('a').first().click();
  expect(await page.evaluate(() => (window as any).removed)).toBeLessThan(100);
});
