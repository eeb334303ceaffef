/**
 * How fast the page answers to *Accept all*: the click's Event Timing duration at 4× CPU slow-down, on a page where
 * eight scripts are released and a listener burns 200 ms. Beside it, in the same run, a bare button that only removes
 * itself, and one whose click does all of that at once.
 *
 *   node bench/accept.mjs [RUNS]      medians, in ms; the API counts in steps of 8
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { main } from '../scripts/lib.mjs';
import { launch, newVisitor, profile, slowDown } from './lib/browser.mjs';
import { listenWith } from './lib/listen.mjs';
import { Page } from './lib/page.mjs';
import { startPlacet } from './lib/placet.mjs';
import { buildPlacet } from './lib/prepare.mjs';
import { median } from './lib/statistics.mjs';

const RUNS = Number(process.argv[2] ?? 9);
const SCRIPTS = 8;
const BANNER = '#placet >>> [data-placet=banner]';
const CASES = {
  'Accept all': '#placet >>> [data-placet=accept-all]',
  'a bare button': '#bare',
  'all at once': '#at-once',
};

const burn = (ms) => `{ const end = performance.now() + ${ms}; while (performance.now() < end); }`;

const html = (snippet) => `<!doctype html><html lang="en"><title>Accept</title>
  <script>
    window.ran = 0;
    addEventListener('placet:consents:updated', () => { ${burn(200)} window.ran++; });
  </script>${snippet}
  <h1>Accept</h1>
  <button id="bare" onclick="this.remove(); ran = 9">A bare button</button>
  <button id="at-once" onclick="this.remove(); ${burn(200)} ran = 9">All at once</button>
  ${`<script type="text/plain" data-consent="drift">${burn(5)} ran++;</script>`.repeat(SCRIPTS)}`;

await main(async () => {
  await buildPlacet();
  const placet = await startPlacet();
  const site = await listenWith(() => html(placet.snippet()));
  const browser = await launch();
  const times = Object.fromEntries(Object.keys(CASES).map((name) => [name, []]));
  try {
    for (let run = 0; run < RUNS; run++) {
      for (const [name, button] of Object.entries(CASES)) times[name].push(await answer(browser, site.origin, button));
    }
  } finally {
    await browser.close();
    site.stop();
    await placet.stop();
  }
  for (const [name, all] of Object.entries(times)) {
    console.log(`${name.padEnd(14)} median ${median(all)} ms, worst ${Math.max(...all)} ms (${RUNS} runs)`);
  }
});

/** How long one click on a button takes, on a page at rest with the pointer there already: only the answer is measured. */
async function answer(browser, address, button) {
  const visitor = await newVisitor(browser);
  const page = await Page.open(visitor, profile('fast-1x'), { banner: BANNER });
  await page.goTo(address);
  await page.painted();
  await page.traffic.quiet(500);
  await page.still(button);
  await page.pointAt(button);
  await slowDown(page.devtools, profile('fast-4x'));
  await page.tab.evaluate(
    () => new Promise((done) => requestIdleCallback(() => requestIdleCallback(() => done(undefined)))),
  );
  await page.press();
  await page.until('the run of every script', () => window.ran === 9);
  // The entry comes after the frame that ended the interaction; none comes for less than 16 ms.
  await sleep(300);
  const { interactions } = await page.found();
  await visitor.close();
  return Math.max(8, ...interactions);
}
