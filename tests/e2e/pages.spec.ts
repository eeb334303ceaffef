/** Pages as they are today: navigation without loading, the back/forward cache, several tabs, late arrival. */
import type { Page } from '@playwright/test';
import { cookie, expect, receipt, test, ui } from './site.ts';

const chat = (trackers: string): string =>
  `<script type="text/plain" data-consent="drift" data-src="${trackers}/chat.js"></script>`;
const html = (snippet: string, body: string): string =>
  `<!doctype html><html lang="en"><head><title>A page</title>${snippet}</head><body>${body}</body></html>`;

/** What Turbo and Astro do on navigation: a new body in the place of the old, its scripts run anew, no load. */
const swapBody = (page: Page, body: string): Promise<void> =>
  page.evaluate((body) => {
    const next = new DOMParser().parseFromString(`<body>${body}</body>`, 'text/html').body;
    for (const script of next.querySelectorAll('script')) {
      const fresh = document.createElement('script');
      for (const { name, value } of script.attributes) fresh.setAttribute(name, value);
      fresh.textContent = script.textContent;
      script.replaceWith(fresh);
    }
    document.body.replaceWith(document.adoptNode(next));
  }, body);

test('a single-page application: the banner outlives the body, alone and alive', async ({
  page,
  site,
  snippet,
  trackers,
}) => {
  await page.goto(site.page('/spa', html(snippet, `<h1>One</h1>${chat(trackers.origin)}`)));
  await expect(ui(page).banner).toBeVisible();
  await swapBody(page, `<h1>Two</h1>${snippet}${chat(trackers.origin)}`);
  await expect(page.getByRole('heading', { name: 'Two' })).toBeVisible();
  await expect(ui(page).banner).toBeVisible();
  await expect(page.locator('[id="placet"]')).toHaveCount(1);
  await ui(page).acceptAll.click();
  await expect(ui(page).banner).toHaveCount(0);
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
  await receipt(page);

  // The next page's scripts are opened by the choice that holds; the settings can still be opened.
  await swapBody(page, `<h1>Three</h1>${chat(trackers.origin)}`);
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(2);
  await page.evaluate(() => (window.placet as any).push((manager: any) => manager.open()));
  await expect(ui(page).preferences).toBeVisible();
});

test('two tabs: a choice in one reaches the other without loading', async ({ context, site, snippet, trackers }) => {
  const address = site.page('/tabs', html(snippet, `<h1>Tabs</h1>${chat(trackers.origin)}`));
  const [one, two] = [await context.newPage(), await context.newPage()];
  for (const tab of [one, two]) {
    await tab.goto(address);
    await expect(ui(tab).banner).toBeVisible();
  }
  await ui(one).acceptAll.click();
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(2);
  await expect(ui(two).banner).toHaveCount(0);
  await receipt(one);

  // And a withdrawal as well.
  await two.evaluate(() => addEventListener('placet:refused:drift', () => void ((window as any).refused = true)));
  await one.evaluate(() => (window.placet as any).push((manager: any) => manager.refuseAll()));
  await expect.poll(() => two.evaluate(() => (window as any).refused)).toBe(true);
  expect(await two.evaluate(() => (window.placet as any).manager.getServiceConsent('drift'))).toBe(false);
});

test('the script arrives when the page has long been loaded', async ({ page, site, snippet, trackers }) => {
  await page.goto(site.page('/late', html('', `<h1>Late</h1>${chat(trackers.origin)}`)));
  await page.waitForLoadState('load');
  const src = /src="([^"]+)"/.exec(snippet)?.[1] as string;
  // As a tag manager does it.
  await page.evaluate((src) => {
    const script = document.createElement('script');
    script.async = true;
    script.src = src;
    document.head.append(script);
  }, src);
  await ui(page).acceptAll.click();
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
  expect(await cookie(page)).toMatchObject({ drift: true });
});

test('a tag manager that opens its tags by rules on the data layer', async ({ page, site, snippet, trackers }) => {
  // The documented behaviour of such a container: it reads what is in the layer, then follows each push, and adds the
  // tag of every rule that matches.
  const container = `<script>
    window.dataLayer = window.dataLayer || [];
    (function (rules) {
      const match = (entry) => {
        for (const rule of rules) {
          if (entry.event !== rule.event) continue;
          const tag = document.createElement('script');
          tag.src = rule.tag;
          document.head.append(tag);
        }
      };
      dataLayer.forEach(match);
      const push = dataLayer.push.bind(dataLayer);
      dataLayer.push = (...entries) => { const length = push(...entries); entries.forEach(match); return length; };
    })([
      { event: 'placet:consent:analytics', tag: '${trackers.origin}/analytics.js' },
      { event: 'placet:consent:drift', tag: '${trackers.origin}/chat.js' },
    ]);
  </script>`;
  await page.goto(site.page('/container', html(container + snippet, '<h1>A shop</h1>')));
  await ui(page).settings.click();
  await ui(page).purpose('Analytical').check();
  await ui(page).save.click();
  await expect.poll(() => trackers.hits().byPath['/analytics.js']).toBe(1);
  await page.reload();
  await expect.poll(() => trackers.hits().byPath['/analytics.js']).toBe(2);
  expect(trackers.hits().byPath['/chat.js']).toBeUndefined();
});

test('on accepting, the banner is gone and painted before anything that was released runs', async ({
  page,
  site,
  snippet,
}) => {
  const watch = `<script>
    window.log = [];
    const look = (who) => log.push([who, !!document.querySelector('#placet')?.shadowRoot.querySelector('[data-placet=banner]'), window.frames_painted]);
    addEventListener('click', () => {
      window.frames_painted = 0;
      // A task after the next frame's callbacks: that frame is on its way to the screen.
      requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = () => { frames_painted++; }; c.port2.postMessage(0); });
    }, true);
    addEventListener('placet:consent:analytics', () => look('listener'));
  </script>`;
  const released = '<script type="text/plain" data-consent="analytics">look("script")</script>';
  await page.goto(site.page('/paint', html(watch + snippet, released)));
  await ui(page).acceptAll.click();
  await expect.poll(() => page.evaluate(() => (window as any).log)).toHaveLength(2);
  expect(await page.evaluate(() => (window as any).log)).toEqual([
    ['listener', false, 1],
    ['script', false, 1],
  ]);
});
