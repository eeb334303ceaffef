/** Astro with its client router, and Nuxt with `useHead`: sites that are built, and go from page to page by themselves. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Page } from '@playwright/test';
import { exampleEnv, installConsumer } from '../../../scripts/examples.mjs';
import { complaints, cookie, expect, type PlacetServer, receipt, type Site, test, ui } from '../site.ts';
import { asked, ran, settled, tells } from '../vendor.ts';

type Trackers = Parameters<typeof ran>[0];

// Packages are installed and sites are built here.
test.setTimeout(300_000);

const TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
};

/** Builds a site, and puts what comes of it on the test's own; returns the address of a page. */
async function built(
  name: string,
  output: string,
  { site, server, trackers }: { site: Site; server: PlacetServer; trackers: Trackers },
): Promise<(page: string) => string> {
  trackers.serve('/file.js', 'text/javascript', tells(trackers, 'file'));
  const cwd = await installConsumer(`tests/e2e/world/${name}`);
  const env = exampleEnv({
    PLACET_SNIPPET: `${server.origin}/sdk/placet.js?key=pk_demo&widget=43`,
    PLACET_TRACKERS: trackers.origin,
    ASTRO_TELEMETRY_DISABLED: '1',
    NUXT_TELEMETRY_DISABLED: '1',
  });
  execFileSync('npm', ['run', 'build'], { cwd, env, stdio: 'pipe' });
  const folder = join(cwd, output);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(folder.length).replace(/\/index\.html$/, '');
    const type = { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' };
    site.page(path, readFileSync(file), type);
    site.page(`${path}/`, readFileSync(file), type);
  }
  return (page) => `http://localhost:${site.port}/${page}`;
}

const on = (page: Page, name: string) => expect(page.getByRole('heading', { name: `Page ${name}` })).toBeVisible();

const follow = async (page: Page, name: string): Promise<void> => {
  await page.getByRole('link', { name: name === 'one' ? 'One' : 'Two' }).click();
  await on(page, name);
};

for (const [name, { output, ofHead, ofPage }] of Object.entries({
  astro: { output: 'dist', ofHead: ['head'], ofPage: (page: string) => [`body ${page}`, 'file'] },
  nuxt: { output: '.output/public', ofHead: ['head', 'file'], ofPage: () => [] as string[] },
})) {
  test(`${name}: what is granted runs once, on the first page and on those that follow`, async ({
    page,
    site,
    server,
    trackers,
  }) => {
    const at = await built(name, output, { site, server, trackers });
    const wrong = complaints(page);
    page.on('pageerror', (error) => wrong.push(error.message));
    await page.goto(at('one'));
    await on(page, 'one');
    await expect(ui(page).banner).toBeVisible();
    await follow(page, 'two');
    await expect(ui(page).banner).toBeVisible();
    await settled(page, trackers);
    expect(asked(trackers)).toEqual([]);
    await ui(page).acceptAll.click();
    await receipt(page);
    await expect.poll(() => ran(trackers)).toEqual([...ofHead, ...ofPage('two')]);

    // A returning visitor.
    trackers.clear();
    await page.goto(at('one'));
    await on(page, 'one');
    await expect(ui(page).trigger).toBeVisible();
    await expect.poll(() => asked(trackers)).toContain('/one.html');
    await expect.poll(() => ran(trackers)).toEqual([...ofHead, ...ofPage('one')]);
    for (const other of ['two', 'one', 'two']) {
      trackers.clear();
      await follow(page, other);
      await expect.poll(() => asked(trackers)).toContain(`/${other}.html`);
      await expect.poll(() => ran(trackers)).toEqual(ofPage(other));
      await settled(page, trackers);
      expect(ran(trackers)).toEqual(ofPage(other));
      await expect(page.locator('#placet')).toHaveCount(1);
    }

    // What is refused meanwhile does not come back.
    await page.evaluate(() => window.placet?.push((manager) => manager.refuseAll()));
    await expect.poll(() => cookie(page)).toMatchObject({ analytics: false });
    await settled(page, trackers);
    trackers.clear();
    await follow(page, 'one');
    await page.goBack();
    await on(page, 'two');
    await expect(page.getByRole('group', { name: 'Film two' })).toBeVisible();
    await settled(page, trackers);
    expect(asked(trackers)).toEqual([]);
    expect(wrong).toEqual([]);
  });
}
