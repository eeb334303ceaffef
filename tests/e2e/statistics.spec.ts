/** What is counted of visitors, by what their browsers do. */
import type { Browser, Page } from '@playwright/test';
import { coreIsThere, expect, PlacetServer, receipt, test, ui } from './site.ts';

/** Somebody with a browser of their own. */
const visitor = async (browser: Browser): Promise<Page> => (await browser.newContext()).newPage();

test('a visitor is counted once, however often they are asked, and whatever they choose', async ({ browser, site }) => {
  const server = new PlacetServer();
  await server.start();
  try {
    const snippet = `<script async src="${server.origin}/sdk/placet.js?key=pk_demo&widget=43"></script>`;
    const html = `<!doctype html><html lang="en"><title>A shop</title>${snippet}<h1>A shop</h1>`;
    const pages = ['/one', '/two'].map((path) => site.page(`/counted${path}`, html));
    const first = await visitor(browser);
    for (const address of [...pages, ...pages]) {
      await first.goto(address);
      await expect(ui(first).banner).toBeVisible();
      await coreIsThere(first);
    }
    expect(await server.counted()).toMatchObject({ shown: 1, acceptedAll: 0, refusedAll: 0 });
    await ui(first).acceptAll.click();
    await receipt(first);
    expect(await server.counted()).toMatchObject({ shown: 1, acceptedAll: 1, refusedAll: 0 });

    // The day after, their browser asks what the widget shows, and they are asked nothing.
    await first.evaluate(() => localStorage.removeItem('placet-config'));
    const asked = first.waitForResponse((response) => response.url().includes('/v1/widgets/43?'));
    await first.goto(pages[0]!);
    await asked;
    await expect(ui(first).trigger).toBeVisible();
    expect(await server.counted()).toMatchObject({ shown: 1, acceptedAll: 1, refusedAll: 0 });

    const second = await visitor(browser);
    await second.goto(pages[0]!);
    await ui(second).refuseAll.click();
    await receipt(second);
    expect(await server.counted()).toMatchObject({ shown: 2, acceptedAll: 1, refusedAll: 1 });
    await Promise.all([first, second].map((page) => page.context().close()));
  } finally {
    await server.remove();
  }
});
