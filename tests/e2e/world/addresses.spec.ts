/** Markup that a filter lets pass (`data-*` attributes) sets no address that runs code, and makes no link of anything. */
import type { Page } from '@playwright/test';
import { complaints, expect, test, ui } from '../site.ts';
import { article, asked, ran, settled, tells } from '../vendor.ts';

const ready = (page: Page) =>
  expect.poll(() => page.evaluate(() => !!(window.placet as { manager?: unknown }).manager)).toBe(true);

const CODE = `parent.window.attacked = (parent.window.attacked ?? 0) + 1`;
const ADDRESSES = [
  `javascript:${CODE}`,
  `JaVaScRiPt:${CODE}`,
  ` \u0001 javascript:${CODE}`,
  `java\nscript:${CODE}`,
  `java&#9;script:${CODE}`,
  `&#106;avascript:${CODE}`,
  `data:text/html,<script>${CODE}</script>`,
  `vbscript:${CODE}`,
  `blob:null/0`,
  `view-source:https://a.example`,
  `file:///etc/passwd`,
];

test('no element is given an address that is not http: or https:', async ({ page, site, snippet, trackers }) => {
  const errors = complaints(page);
  const kinds = ADDRESSES.flatMap((address) => {
    const value = address.replaceAll('"', '&quot;').replaceAll('<', '&lt;');
    return ['data-', 'data-consent-'].flatMap((held) => [
      `<iframe data-consent="session" ${held}src="${value}" title="x"></iframe>`,
      `<embed data-consent="session" ${held}src="${value}">`,
      `<object data-consent="session" ${held}data="${value}"></object>`,
      `<link data-consent="session" rel="stylesheet" ${held}href="${value}">`,
      `<script type="text/plain" data-consent="session" ${held}src="${value}"></script>`,
    ]);
  });
  const html = article(
    snippet,
    `${kinds.join('\n')}
    <img data-consent="session" data-src="javascript:${CODE}" data-srcset="javascript:${CODE} 1x" alt="">
    <script type="text/plain" data-consent="session" data-src="data:text/javascript,window.attacked=1"></script>
    <img id="inline" data-consent="session" data-src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="">
    <img id="good" data-consent="session" data-src="${trackers.origin}/good.gif" alt="">`,
    // An attacker's base changes nothing: it is ignored if it is no place to load from.
    `<base href="javascript:${CODE}//">`,
  );
  await page.goto(site.page('/addresses', html));
  await expect.poll(() => asked(trackers)).toEqual(['/good.gif']);
  await expect(page.locator('#inline')).toHaveAttribute('src', /^data:image/);
  await settled(page, trackers);
  for (const name of ['src', 'href', 'data']) {
    const set = await page.evaluate((name) => {
      const elements = document.querySelectorAll(`[data-consent]:not(#inline)[${name}]`);
      return [...elements].map((element) => element.getAttribute(name)).filter((value) => !value?.startsWith('http'));
    }, name);
    expect(set).toEqual([]);
  }
  expect(await page.evaluate('window.attacked')).toBeUndefined();
  expect(errors.some((error) => error.includes('was not set: only http: and https: addresses are'))).toBe(true);
});

test('what is no element of the table stays what it is: links, SVG, forms', async ({
  page,
  site,
  snippet,
  trackers,
}) => {
  const at = (path: string) => `${trackers.origin}/${path}`;
  const html = article(
    snippet,
    `<a data-consent="session" data-href="${at('link')}" data-consent-href="${at('link')}">A link</a>
    <area data-consent="session" data-href="${at('area')}" alt="">
    <svg><a data-consent="session" data-href="${at('svg-link')}"><text>x</text></a>
      <image data-consent="session" data-href="${at('svg-image')}" href="" width="9" height="9" />
      <script type="text/plain" data-consent="session">${tells(trackers, 'svg script')}</script>
      <script type="text/plain" data-consent="session" data-src="${at('svg.js')}" data-href="${at('svg.js')}"></script></svg>
    <math><mi data-consent="session" data-href="${at('math')}">x</mi></math>
    <form data-consent="session" data-src="${at('form')}"><input type="image" data-consent="session" data-src="${at('input')}" alt=""></form>
    <link data-consent="session" rel="import" data-href="${at('import')}">
    <link data-consent="session" rel="manifest" data-href="${at('manifest')}">
    <div data-consent="session" data-src="${at('div')}" data-srcdoc="x"></div>
    <iframe data-consent="session" data-srcdoc="&lt;script&gt;parent.attacked = 1&lt;/script&gt;" title="x"></iframe>
    <iframe data-consent="session" data-consent-srcdoc="&lt;script&gt;parent.attacked = 1&lt;/script&gt;" title="x"></iframe>
    <script type="text/plain" data-consent="session">${tells(trackers, 'html script')}</script>`,
  );
  await page.goto(site.page('/kinds', html));
  await ready(page);
  await expect.poll(() => ran(trackers)).toEqual(['html script']);
  await settled(page, trackers);
  expect(asked(trackers)).toEqual(['/ran']);
  expect(await page.evaluate('window.attacked')).toBeUndefined();
  await expect(page.locator('a[href],area[href],svg [href*="link"],math [href]')).toHaveCount(0);
});

test('a document in the markup of a frame is blocked, and comes back as it was', async ({
  page,
  site,
  snippet,
  trackers,
}) => {
  const html = article(
    snippet,
    `<iframe id="inline" data-consent="youtube" title="A film" srcdoc="&lt;img src='${trackers.origin}/inside.gif'&gt;"></iframe>`,
  );
  await page.goto(site.page('/srcdoc', html));
  await expect(page.getByRole('group', { name: 'A film' })).toBeVisible();
  await expect(page.locator('#inline')).not.toHaveAttribute('srcdoc');
  trackers.clear();
  await page.evaluate((origin) => {
    const frame = document.createElement('iframe');
    frame.dataset['consent'] = 'youtube';
    frame.title = 'Another';
    document.querySelector('main')!.append(frame);
    frame.srcdoc = `<img src="${origin}/later.gif">`;
  }, trackers.origin);
  await expect(page.getByRole('group', { name: 'Another' })).toBeVisible();
  await settled(page, trackers);
  expect(asked(trackers)).toEqual([]);
  await ui(page).acceptAll.click();
  await expect.poll(() => asked(trackers)).toEqual(['/inside.gif', '/later.gif']);
});
