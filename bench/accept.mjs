/**
 * How fast the page answers to *Accept all*: the click's Event Timing duration at 4× CPU slow-down, on a page where
 * eight scripts are released and a listener burns 200 ms. Beside it, in the same run, a bare button that only removes
 * itself, and one whose click does all of that at once.
 *
 *   node bench/accept.mjs [RUNS]      medians, in ms; the API counts in steps of 8
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { at, main } from '../scripts/lib.mjs';
import { applyWidget, startServer } from '../scripts/server.mjs';

const RUNS = Number(process.argv[2] ?? 9);
const SCRIPTS = 8;
const burn = (ms) => `{ const end = performance.now() + ${ms}; while (performance.now() < end); }`;

const page = (snippet) => `<!doctype html><html lang="en"><title>Accept</title>
  <script>
    window.ran = 0;
    new PerformanceObserver((list) => { for (const { name, duration } of list.getEntries()) if (name === 'click') window.took = duration; })
      .observe({ type: 'event', durationThreshold: 16, buffered: true });
    addEventListener('placet:consents:updated', () => { ${burn(200)} window.ran++; });
  </script>${snippet}
  <h1>Accept</h1>
  <button id="bare" onclick="this.remove(); ran = 9">A bare button</button>
  <button id="at-once" onclick="this.remove(); ${burn(200)} ran = 9">All at once</button>
  ${`<script type="text/plain" data-consent="drift">${burn(5)} ran++;</script>`.repeat(SCRIPTS)}`;

await main(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'placet-bench-'));
  const settings = { PLACET_LISTEN: '127.0.0.1:0', PLACET_DATABASE_URL: `sqlite://${join(folder, 'placet.db')}` };
  applyWidget(at('widgets', 'demo.toml'), settings);
  const server = await startServer(settings, { quiet: true });
  const snippet = `<script async src="${server.origin.replace('127.0.0.1', 'localhost')}/sdk/placet.js?key=pk_demo&widget=43"></script>`;
  const site = createServer((_, response) => response.setHeader('content-type', 'text/html').end(page(snippet)));
  await new Promise((done) => site.listen(0, '127.0.0.1', done));
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });

  const click = async (selector) => {
    const context = await browser.newContext();
    const tab = await context.newPage();
    const devtools = await context.newCDPSession(tab);
    await tab.goto(`http://localhost:${site.address().port}/`);
    await tab.locator('#placet [data-placet=banner]').waitFor();
    await tab.waitForLoadState('networkidle');
    // The pointer is there, and the page at rest, before the button is pressed: only the answer is measured.
    await tab.locator(selector).hover();
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    await tab.evaluate(
      () => new Promise((done) => requestIdleCallback(() => requestIdleCallback(() => done(undefined)))),
    );
    await tab.mouse.down();
    await tab.mouse.up();
    await tab.waitForFunction(() => window.ran === 9);
    // The entry comes after the frame that ended the interaction; none comes for less than 16 ms.
    const took = await tab.evaluate(
      () =>
        new Promise((done) =>
          setTimeout(() => requestAnimationFrame(() => setTimeout(() => done(window.took ?? 8), 100)), 100),
        ),
    );
    await context.close();
    return took;
  };

  const cases = {
    'Accept all': '#placet [data-placet=accept-all]',
    'a bare button': '#bare',
    'all at once': '#at-once',
  };
  const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (let run = 0; run < RUNS; run++)
    for (const [name, selector] of Object.entries(cases)) times[name].push(await click(selector));
  for (const [name, all] of Object.entries(times)) {
    all.sort((a, b) => a - b);
    console.log(`${name.padEnd(14)} median ${all[all.length >> 1]} ms, worst ${all.at(-1)} ms (${RUNS} runs)`);
  }

  await browser.close();
  site.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});
