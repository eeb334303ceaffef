/** The first layer: drawn by the gate from what the server sends, or by the core, alike. */
import { expect, test, ui } from './site.ts';
import { applyVariant } from './variant.ts';

const html = (snippet: string, lang = 'en') =>
  `<!doctype html><html lang="${lang}"><title>A page</title>${snippet}<h1>A page</h1>`;

const markup = (page: import('@playwright/test').Page) =>
  page.evaluate(() => document.querySelector('#placet')?.shadowRoot?.querySelector('[data-placet=banner]')?.outerHTML);

/** The banner has ended its animation of entry: it stands where it stays. */
const entered = (page: import('@playwright/test').Page) =>
  page.evaluate(async () => {
    const root = document.querySelector('#placet')!.shadowRoot!;
    await Promise.all(root.getAnimations().map((animation) => animation.finished));
  });

test('the core draws the same banner where the server has sent none', async ({ page, site, snippet }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(site.page('/drawn', html(snippet)));
  await expect(ui(page).banner).toBeVisible();
  const drawnByTheGate = await markup(page);
  await entered(page);
  const box = await ui(page).banner.boundingBox();

  await page.route(/placet\.js/, async (route) => {
    const answer = await route.fetch();
    const script = (await answer.text()).replace(/^window\.placetKnown=.*\n/, '');
    await route.fulfill({ response: answer, body: script });
  });
  await page.route(/\/banner\?/, (route) => route.abort());
  await page.reload();
  await expect(ui(page).banner).toBeVisible();
  expect(await markup(page)).toBe(drawnByTheGate);
  await entered(page);
  expect(await ui(page).banner.boundingBox()).toEqual(box);
});

test("the page's language goes before the browser's, also where the gate brought another", async ({
  page,
  site,
  snippet,
}) => {
  await page.goto(site.page('/french', html(snippet, 'fr')));
  await expect(ui(page).acceptAll).toHaveText('Tout accepter');
  expect(await page.evaluate(() => (window.placetKnown as any).banner.nodes[1].lang)).toBe('en');
});

test('a version that was published since the gate was kept is the one that is shown', async ({
  page,
  site,
  server,
}) => {
  const publish = (title: string) =>
    applyVariant(server, 62, [['[[services]]', `[texts.en]\ntitle = "${title}"\n\n[[services]]`]]);
  const mine = publish('The old words');
  await page.goto(site.page('/versions', html(mine)));
  await expect(page.locator('#placet h2')).toHaveText('The old words');
  publish('The new words');
  await page.reload();
  await expect(page.locator('#placet h2')).toHaveText('The new words');
  await ui(page).refuseAll.click();
  await expect(ui(page).banner).toHaveCount(0);
});
