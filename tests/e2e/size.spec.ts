/** What a visitor's browser has to load: a budget for each file, and for each visit. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page, Request } from '@playwright/test';
import { root, tools } from '../../scripts/lib.mjs';
import { hasStdSource } from '../../scripts/setup.mjs';
import { expect, receipt, test, ui } from './site.ts';

const SDK = join(root, 'www', 'dist', 'sdk');

/** What each file may weigh at most, compressed with brotli, in bytes; a file is known by what is in it. */
const BUDGETS: [about: string, is: (name: string, text: string) => boolean, bytes: number][] = [
  ['the gate', (name) => name === 'placet.js', 6_350],
  ['the gate with automatic blocking', (name) => name === 'autoblock.js', 8_750],
  ["the banner's style", (name) => name === 'banner.css', 900],
  [
    "what a banner's look adds",
    (name) => /^(bar|cloud|continue|inline|link|phone|placed|signal)\.css$/.test(name),
    260,
  ],
  ["the way back's style", (name) => name === 'trigger.css', 520],
  ["the core's WebAssembly", (name) => name.endsWith('.wasm'), 22_100],
  ['the controller', (_, text) => text.includes('#placet-preferences'), 4_200],
  ["the core's module", (_, text) => text.includes('wasm-unsafe-eval'), 8_650],
  ['what only the settings need', (_, text) => text.includes('[part=switch]'), 2_700],
  ['the placeholders of frames', (_, text) => text.includes('container-type'), 2_800],
  ['what unblocks frames and pictures', (_, text) => text.includes('stylesheet|icon'), 750],
  [
    'what guards insertions',
    (name, text) => text.includes('createContextualFragment') && name !== 'autoblock.js',
    2_000,
  ],
  ['late readiness events', (_, text) => text.includes('domContentLoadedEventStart'), 750],
  ['hand-overs between sites', (_, text) => text.includes('hand-overs/redeem'), 1_700],
  ['hints for developers', (_, text) => text.includes('did you mean'), 1_200],
  ['the bare answer', (_, text) => text.includes('the choice could not be kept'), 900],
  ['the removal of cookies', (_, text) => text.includes('Max-Age=0; Path='), 1_000],
  ['every look as a module', (name, text) => name.endsWith('.js') && text.includes('[part~=cloud]'), 1_450],
];

/** Without std rebuilt (`PLACET_PLAIN_BUILD=1`) the core is larger. */
const PLAIN = hasStdSource() ? 0 : 3_000;

test('each file keeps within its budget, and there is none without', () => {
  const files = readdirSync(SDK).filter((name) => /\.(js|wasm|css)$/.test(name));
  for (const name of files) {
    const text = name.endsWith('.wasm') ? '' : readFileSync(join(SDK, name), 'utf8');
    const [about, , most = 0] = BUDGETS.find(([, is]) => is(name, text)) ?? [];
    expect(about, `${name} has no budget`).toBeDefined();
    const budget = most + (name.endsWith('.wasm') ? PLAIN : 0);
    const size = statSync(join(SDK, `${name}.br`)).size;
    const why = name.endsWith('.wasm') && size > budget ? largestFunctions() : '';
    expect(size, `${about} (${name})\n${why}`).toBeLessThanOrEqual(budget);
  }
});

/** The five largest functions of the core, by twiggy, which is installed when it is first needed. */
function largestFunctions(): string {
  const twiggy = join(tools, 'bin', 'twiggy');
  if (!existsSync(twiggy)) execFileSync('cargo', ['install', '--quiet', '--root', tools, 'twiggy']);
  const wasm = join(root, 'target', ...(PLAIN ? [] : ['std']), 'wasm32-unknown-unknown', 'wasm', 'placet.wasm');
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

test('the banner needs no more than 8 KB, accepting 47 KB in all, the preferences 57 KB', async ({
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
  expect(await weight(came)).toBeLessThanOrEqual(47 * KB + PLAIN);

  await page.evaluate(() => (window.placet as any).manager.open());
  await expect(ui(page).preferences).toBeVisible();
  expect(await weight(came)).toBeLessThanOrEqual(57 * KB + PLAIN);
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
  await ui(page).acceptAll.click();
  await expect(ui(page).banner).toHaveAttribute('aria-busy', 'true');
  release();
  await expect(ui(page).banner).toHaveCount(0);
  await receipt(page);
});
