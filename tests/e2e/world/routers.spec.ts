/** Routers that put other pages into the same document, and keep copies of those that were there. */
import type { Page } from '@playwright/test';
import { complaints, cookie, expect, receipt, type Site, test, ui } from '../site.ts';
import { applyVariant } from '../variant.ts';
import { article, asked, ran, settled, tells } from '../vendor.ts';
import { library } from './library.ts';

type Trackers = Parameters<typeof ran>[0];

/** Two pages of a site with something of everything, and links between them. */
function pages(site: Site, snippet: string, trackers: Trackers, router: string, link = ''): (name: string) => string {
  const file = trackers.serve('/file.js', 'text/javascript', tells(trackers, 'file'));
  const mark = 'type="text/plain" data-consent="analytics"';
  const html = (name: string) =>
    article(
      snippet,
      `<nav><a href="/one" ${link}>One</a> <a href="/two" ${link}>Two</a></nav>
      <h2>Page ${name}</h2>
      <script ${mark}>${tells(trackers, `body ${name}`)}</script>
      <script ${mark} data-src="${file}"></script>
      <iframe data-consent="youtube" data-src="${trackers.origin}/${name}.html" title="Film ${name}"></iframe>
      <img data-consent="google-ads" data-src="${trackers.origin}/${name}.gif" alt="">`,
      `<script src="${library(site, router)}"></script>
      <script ${mark}>${tells(trackers, 'head')}</script>`,
    );
  for (const name of ['one', 'two']) site.page(`/${name}`, html(name));
  return (name) => `http://localhost:${site.port}/${name}`;
}

const on = (page: Page, name: string) => expect(page.getByRole('heading', { name: `Page ${name}` })).toBeVisible();
const manage = (page: Page, name: 'acceptAll' | 'refuseAll') =>
  page.evaluate((name) => window.placet?.push((manager) => manager[name]()), name);

/** Nothing is seen twice, and the page can be answered. */
async function isWhole(page: Page): Promise<void> {
  await expect(page.locator('#placet')).toHaveCount(1);
  expect(await page.locator('#placet').evaluate((host) => !!host.shadowRoot)).toBe(true);
  await expect(page.locator('[data-placet-live]')).toHaveCount(0);
}

for (const [name, { file, link }] of Object.entries({
  Turbo: { file: '@hotwired/turbo/dist/turbo.es2017-umd.js', link: '' },
  htmx: { file: 'htmx.org/dist/htmx.min.js', link: 'hx-boost="true"' },
})) {
  test.describe(name, () => {
    test('a script of the head runs once, one of the body on each page', async ({ page, site, snippet, trackers }) => {
      const at = pages(site, snippet, trackers, file, link);
      const errors = complaints(page);
      await page.goto(at('one'));
      await ui(page).acceptAll.click();
      await expect.poll(() => ran(trackers)).toEqual(['head', 'body one', 'file']);
      await receipt(page);
      for (const other of ['two', 'one', 'two']) {
        trackers.clear();
        await page.getByRole('link', { name: other === 'one' ? 'One' : 'Two' }).click();
        await on(page, other);
        await expect.poll(() => ran(trackers)).toEqual([`body ${other}`, 'file']);
        await expect.poll(() => asked(trackers)).toContain(`/${other}.html`);
        await settled(page, trackers);
        expect(ran(trackers)).toEqual([`body ${other}`, 'file']);
        await isWhole(page);
      }
      expect(errors).toEqual([]);
    });

    test('what was refused meanwhile does not come back with a page that was kept', async ({
      page,
      site,
      snippet,
      trackers,
    }) => {
      const at = pages(site, snippet, trackers, file, link);
      await page.goto(at('one'));
      await ui(page).acceptAll.click();
      await expect.poll(() => ran(trackers)).toContain('file');
      await expect.poll(() => asked(trackers)).toContain('/one.html');
      await receipt(page);
      await page.getByRole('link', { name: 'Two' }).click();
      await on(page, 'two');
      await expect.poll(() => asked(trackers)).toContain('/two.html');
      await manage(page, 'refuseAll');
      await expect.poll(() => cookie(page)).toMatchObject({ youtube: false });
      await settled(page, trackers);
      trackers.clear();
      await page.goBack();
      await on(page, 'one');
      await expect(page.getByRole('group', { name: 'Film one' })).toBeVisible();
      await settled(page, trackers);
      expect(asked(trackers)).toEqual([]);
      await isWhole(page);
      // And back again, and granted again.
      await page.goForward();
      await on(page, 'two');
      await settled(page, trackers);
      expect(asked(trackers)).toEqual([]);
      await manage(page, 'acceptAll');
      await expect.poll(() => asked(trackers)).toEqual(expect.arrayContaining(['/two.gif', '/two.html']));
      expect(asked(trackers)).not.toContain('/one.html');
    });

    test('nor where the page is loaded anew by the withdrawal', async ({ page, site, server, trackers }) => {
      const snippet = applyVariant(server, 82, [['[cookie]', 'reload-on-withdrawal = true\n\n[cookie]']]);
      const at = pages(site, snippet, trackers, file, link);
      await page.goto(at('one'));
      await ui(page).acceptAll.click();
      await expect.poll(() => asked(trackers)).toContain('/one.html');
      await receipt(page);
      await page.getByRole('link', { name: 'Two' }).click();
      await on(page, 'two');
      await expect.poll(() => asked(trackers)).toContain('/two.html');
      const loaded = page.waitForEvent('load');
      await manage(page, 'refuseAll');
      await loaded;
      await expect(page.getByRole('group', { name: 'Film two' })).toBeVisible();
      trackers.clear();
      await page.goBack();
      await on(page, 'one');
      await expect(page.getByRole('group', { name: 'Film one' })).toBeVisible();
      await settled(page, trackers);
      expect(asked(trackers)).toEqual([]);
    });

    test('a page that was kept while the banner was there shows one banner', async ({
      page,
      site,
      snippet,
      trackers,
    }) => {
      const at = pages(site, snippet, trackers, file, link);
      await page.goto(at('one'));
      await expect(ui(page).banner).toBeVisible();
      await page.getByRole('link', { name: 'Two' }).click();
      await on(page, 'two');
      await page.goBack();
      await on(page, 'one');
      await expect(ui(page).banner).toBeVisible();
      await isWhole(page);
      expect(asked(trackers)).toEqual([]);
      await ui(page).acceptAll.click();
      await expect.poll(() => asked(trackers)).toEqual(expect.arrayContaining(['/one.html', '/one.gif']));
    });
  });
}

test('jQuery: markup that a page has kept by itself does not bring back what was refused', async ({
  page,
  site,
  snippet,
  trackers,
}) => {
  const mark = 'type="text/plain" data-consent="analytics"';
  const html = article(
    snippet,
    `<div id="view">
      <script ${mark}>${tells(trackers, 'inline')}</script>
      <script ${mark} data-src="${trackers.serve('/file.js', 'text/javascript', tells(trackers, 'file'))}"></script>
      <iframe data-consent="youtube" data-src="${trackers.origin}/frame.html" title="A film"></iframe>
      <img data-consent="google-ads" data-src="${trackers.origin}/picture.gif" alt="">
    </div>`,
    `<script src="${library(site, 'jquery/dist/jquery.min.js')}"></script>`,
  );
  await page.goto(site.page('/jquery', html));
  await ui(page).acceptAll.click();
  await expect.poll(() => ran(trackers).sort()).toEqual(['file', 'inline']);
  await expect.poll(() => asked(trackers)).toEqual(['/file.js', '/frame.html', '/picture.gif', '/ran', '/ran']);
  await receipt(page);
  await page.evaluate(`
    var view = $('#view');
    window.oldHtml = view.html();
    window.oldNodes = view.contents().detach();
    view.html('<p>Another view</p>');`);
  const guarded = page.waitForResponse(async (response) =>
    (await response.text()).includes('createContextualFragment'),
  );
  await manage(page, 'refuseAll');
  await guarded;
  await expect.poll(() => cookie(page)).toMatchObject({ youtube: false });
  await settled(page, trackers);
  trackers.clear();
  for (const bring of [
    '$("#view").html(oldHtml)',
    '$("#view").empty().append($.parseHTML(oldHtml, document, true))',
    'document.querySelector("#view").innerHTML = oldHtml',
    '$("#view").empty().append(oldNodes)',
    'document.querySelector("#view").replaceChildren(document.createRange().createContextualFragment(oldHtml))',
    'document.querySelector("#view").outerHTML = \'<div id="view">\' + oldHtml + "</div>"',
    'document.querySelector("#view").insertAdjacentHTML("afterbegin", oldHtml)',
  ]) {
    await page.evaluate(bring);
    await expect(page.getByRole('group', { name: 'A film' }).first()).toBeVisible();
    await settled(page, trackers);
    expect(asked(trackers), bring).toEqual([]);
  }
});
