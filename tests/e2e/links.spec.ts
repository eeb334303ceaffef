/** Links and elements that open the preferences without any script of the page. */
import { expect, test, ui } from './site.ts';

const shop = (snippet: string, content: string): string =>
  `<!doctype html><html lang="en"><title>A shop</title>${snippet}<h1>A shop</h1>${content}`;

test('a link by its fragment, with the page’s whole address, and any element with data-placet-open', async ({
  page,
  site,
  snippet,
}) => {
  const url = site.page('/links', '');
  const base = '<base href="/elsewhere/">';
  site.page(
    '/links',
    shop(
      base + snippet,
      `<a href="#placet-preferences">one</a> <a href="${url}#placet-preferences"><b>two</b></a>
       <button data-placet-open>three</button> <span data-placet-open><i>four</i></span>
       <a href="/elsewhere" data-placet-open>five</a>`,
    ),
  );
  await page.goto(url);
  await expect(ui(page).banner).toBeVisible();
  for (const name of ['one', 'two', 'three', 'four', 'five']) {
    await page.getByText(name).click();
    await expect(ui(page).preferences, name).toBeVisible();
    await ui(page).close.click();
    await expect(ui(page).preferences).toHaveCount(0);
  }
  await page.getByText('one').focus();
  await page.keyboard.press('Enter');
  await expect(ui(page).preferences).toBeVisible();
  await ui(page).close.click();
  // Nothing was navigated, and no step is left in the page's history.
  expect(page.url()).toBe(url);
});

test('links that come later, in a shadow root, or whose clicks the page stops', async ({ page, site, snippet }) => {
  await page.goto(site.page('/later', shop(snippet, '')));
  await expect(ui(page).banner).toBeVisible();
  await page.evaluate(() => {
    const host = document.createElement('div');
    const link = (text: string) =>
      Object.assign(document.createElement('a'), { href: '#placet-preferences', textContent: text });
    host.attachShadow({ mode: 'open' }).append(link('inside'));
    const stopped = link('stopped');
    stopped.addEventListener('click', (event) => event.stopImmediatePropagation());
    document.body.append(host, stopped);
  });
  for (const name of ['inside', 'stopped']) {
    await page.getByText(name).click();
    await expect(ui(page).preferences, name).toBeVisible();
    await ui(page).close.click();
  }
});

test('other keys and buttons, other pages and other fragments are left alone', async ({
  page,
  context,
  site,
  snippet,
}) => {
  const other = site.page('/other', shop(snippet, ''));
  const url = site.page(
    '/left',
    shop(
      snippet,
      `<a href="#placet-preferences">here</a> <a href="#other">other</a> <a href="${other}#placet-preferences">there</a>`,
    ),
  );
  await page.goto(url);
  await expect(ui(page).banner).toBeVisible();
  const opened = context.waitForEvent('page');
  await page.getByText('here', { exact: true }).click({ modifiers: ['ControlOrMeta'] });
  const tab = await opened;
  // The other tab's address asks for them.
  await expect(ui(tab).preferences).toBeVisible();
  await tab.close();
  await page.getByText('other').click();
  expect(new URL(page.url()).hash).toBe('#other');
  await expect(ui(page).preferences).toHaveCount(0);
  await page.getByText('there').click();
  await expect(page).toHaveURL(`${other}#placet-preferences`);
  await expect(ui(page).preferences).toBeVisible();
});

test('an address that a page’s code gives to the window', async ({ page, site, snippet }) => {
  await page.goto(site.page('/coded', shop(snippet, '')));
  await expect(ui(page).banner).toBeVisible();
  await page.evaluate(() => (location.hash = '#placet-preferences'));
  await expect(ui(page).preferences).toBeVisible();
});
