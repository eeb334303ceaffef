/** What a visitor's browser has to load: a budget for each file, and for each visit. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page, Request } from '@playwright/test';
import { root, tools } from '../../scripts/lib.mjs';
import { expect, receipt, test, ui } from './site.ts';

const SDK = join(root, 'www', 'dist', 'sdk');

/** What each file may weigh at most, compressed with brotli, in bytes; a file is known by what is in it. */
const BUDGETS: [about: string, is: (name: string, text: string) => boolean, bytes: number][] = [
  ['the gate', (name) => name === 'placet.js', 6_450],
  ['the gate with automatic blocking', (name) => name === 'autoblock.js', 7_500],
  ["the banner's style", (name) => name === 'banner.css', 900],
  [
    "what a banner's look adds",
    (name) => /^(bar|cloud|continue|inline|link|phone|placed|signal)\.css$/.test(name),
    260,
  ],
  ["the way back's style", (name) => name === 'trigger.css', 520],
  ["the core's WebAssembly", (name) => name.endsWith('.wasm'), 28_400],
  ["the core's module", (_, text) => text.includes('wasm-unsafe-eval'), 4_600],
  ['what only the settings need', (_, text) => text.includes('[part=switch]'), 1_950],
  ['the placeholders of frames', (_, text) => text.includes('data-placet-placeholder'), 1_900],
  ['the bare answer', (_, text) => text.includes('the choice could not be kept'), 700],
  ['the removal of cookies', (_, text) => text.includes('Max-Age=0; Path='), 500],
  ['every look as a module', (name, text) => name.endsWith('.js') && text.includes('[part~=cloud]'), 1_450],
];

test('each file keeps within its budget, and there is none without', () => {
  const files = readdirSync(SDK).filter((name) => /\.(js|wasm|css)$/.test(name));
  for (const name of files) {
    const text = name.endsWith('.wasm') ? '' : readFileSync(join(SDK, name), 'utf8');
    const [about, , budget] = BUDGETS.find(([, is]) => is(name, text)) ?? [];
    expect(about, `${name} has no budget`).toBeDefined();
    const size = statSync(join(SDK, `${name}.br`)).size;
    const why = name.endsWith('.wasm') && size > (budget as number) ? largestFunctions() : '';
    expect(size, `${about} (${name})\n${why}`).toBeLessThanOrEqual(budget as number);
  }
});

/** The five largest functions of the core, by twiggy, which is installed when it is first needed. */
function largestFunctions(): string {
  const twiggy = join(tools, 'bin', 'twiggy');
  if (!existsSync(twiggy)) execFileSync('cargo', ['install', '--quiet', '--root', tools, 'twiggy']);
  const wasm = join(root, 'target', 'wasm32-unknown-unknown', 'wasm', 'placet.wasm');
  return execFileSync(twiggy, ['top', '-n', '5', wasm], { encoding: 'utf8' });
}

/** The answers that came, from now on. */
function traffic(page: Page): Request[] {
  const finished: Request[] = [];
  page.on('requestfinished', (request) => {
    if (/\/sdk\/|\/v1\//.test(request.url())) finished.push(request);
  });
  return finished;
}

/** What came over the wire, headers included, in bytes. */
async function weight(requests: Request[]): Promise<number> {
  const sizes = await Promise.all(requests.map((request) => request.sizes()));
  return sizes.reduce(
    (sum, { responseBodySize, responseHeadersSize }) => sum + responseBodySize + responseHeadersSize,
    0,
  );
}

const KB = 1000;

test('the banner needs no more than 8 KB, accepting 45 KB in all, the settings 60 KB', async ({
  page,
  site,
  snippet,
}) => {
  const came = traffic(page);
  await page.goto(site.page('/light', `<!doctype html><html lang="en"><title>A page</title>${snippet}<h1>A page</h1>`));
  await expect(ui(page).banner).toBeVisible();
  const gate = came.filter((request) => request.url().includes('/sdk/placet.js'));
  expect(gate).toHaveLength(1);
  expect(await weight(gate), 'all that the banner is made of').toBeLessThanOrEqual(8 * KB);

  await ui(page).acceptAll.click();
  await receipt(page);
  await expect(ui(page).trigger).toBeVisible();
  await expect.poll(() => came.some((request) => request.url().includes('/consents'))).toBe(true);
  expect(came.map((request) => new URL(request.url()).pathname)).not.toContain('/v1/widgets/43/banner');
  expect(await weight(came)).toBeLessThanOrEqual(45 * KB);

  await page.evaluate(() => (window.placet as any).manager.open());
  await expect(ui(page).preferences).toBeVisible();
  expect(await weight(came)).toBeLessThanOrEqual(60 * KB);
});

test('a slow line brings the banner before anything of the core, and a click is not lost', async ({
  page,
  site,
  snippet,
}) => {
  // The core, and the configuration, are long in coming.
  let release = (): void => {};
  const held = new Promise<void>((done) => (release = done));
  await page.route(/\/v1\/widgets\/43\?|placet-/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(site.page('/slow', `<!doctype html><html lang="en"><title>A page</title>${snippet}<h1>A page</h1>`), {
    waitUntil: 'commit',
  });
  await expect(ui(page).banner).toBeVisible();
  await ui(page).refuseAll.click();
  await expect(ui(page).banner).toHaveAttribute('aria-busy', 'true');
  release();
  await expect(ui(page).banner).toHaveCount(0);
  await receipt(page);
});
