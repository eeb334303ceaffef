/** What is measured of a tool: a first visit up to the answer, a second one, and one that opens the settings. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Halt } from '../../scripts/lib.mjs';
import { newVisitor, profile } from './browser.mjs';
import { Page } from './page.mjs';

/** Nothing has come or gone for so long: the tool is done. */
const QUIET = 600;

/** Measures an adapter once, with new visitors. Fails if the tool does not do what it is measured for. */
export async function measure(browser, address, adapter, profile) {
  const visitor = await newVisitor(browser);
  try {
    return {
      first: await firstVisit(visitor, address, adapter, profile),
      second: await secondVisit(visitor, address, adapter, profile),
      settings: adapter.settings ? await settingsVisit(browser, address, adapter, profile) : null,
    };
  } finally {
    await visitor.close();
  }
}

/** Nothing is kept or cached; the banner comes, and the visitor accepts on it. */
async function firstVisit(visitor, address, { banner, accept }, profile) {
  const page = await Page.open(visitor, profile, { banner });
  await page.watch(address, profile.watched.first);
  if (banner) await page.painted();
  const { painted, largestContentfulPaint, layoutShift, blocking, ran } = await page.found();
  if (ran !== null) throw new Halt('the script that needs consent ran before there was any');
  const start = (await page.metrics()).NavigationStart;
  const { traffic } = page;
  const measured = {
    painted,
    largestContentfulPaint,
    layoutShift,
    blocking,
    requests: traffic.requests,
    bytesPainted: painted && traffic.bytes(start + painted / 1000),
    bytes: traffic.bytes(),
  };
  if (accept) {
    measured.interaction = await acceptOn(page, accept);
    await traffic.quiet(QUIET);
    measured.bytesAccepted = traffic.bytes();
  }
  await page.close();
  return measured;
}

/**
 * Accepts; answers how long the click took to its next frame (Event Timing, in steps of 8 ms). No entry comes for less
 * than 16 ms: `short` says that the browser saw the click all the same.
 */
async function acceptOn(page, accept) {
  await page.tab.evaluate(() => window.bench.interactions.splice(0));
  await page.click(accept);
  await page.allowed();
  await sleep(400);
  const { interactions, firstInput } = await page.found();
  if (interactions.length) return { duration: Math.max(...interactions) };
  return { duration: null, short: firstInput !== null && firstInput < 16 };
}

/** A first visit of which nothing is measured: a visitor who has accepted. */
export async function acceptedVisitor(browser, address, { banner, accept }) {
  const visitor = await newVisitor(browser);
  const page = await Page.open(visitor, profile('fast-1x'), { banner });
  await page.goTo(address);
  if (accept) {
    await page.painted();
    await page.traffic.quiet(QUIET);
    await page.still(banner);
    await page.click(accept);
    await page.allowed();
  }
  await page.traffic.quiet(QUIET);
  await page.close();
  return visitor;
}

/** The visitor comes back: the choice stands, the browser's cache is warm. */
export async function secondVisit(visitor, address, { banner, accept }, profile) {
  const page = await Page.open(visitor, profile);
  const { script } = await page.watch(address, profile.watched.second);
  if (accept) await page.allowed();
  if (banner && (await page.isVisible(banner))) throw new Halt('a visitor who had answered was asked again');
  const { ran } = await page.found();
  const { traffic } = page;
  const measured = { script, ran, bytes: traffic.bytes(), requests: traffic.requests, hasWasm: traffic.hasWasm };
  await page.close();
  return measured;
}

/** Another new visitor opens the settings from the banner, and leaves them at that. */
async function settingsVisit(browser, address, { banner, settings }, profile) {
  const visitor = await newVisitor(browser);
  try {
    const page = await Page.open(visitor, profile, { banner });
    await page.goTo(address);
    await page.painted();
    // Some banners can be seen before they can be clicked on.
    await page.traffic.quiet(QUIET);
    await page.still(banner);
    await page.click(settings.open);
    await page.visible(settings.dialog);
    await page.traffic.quiet(QUIET);
    return { bytes: page.traffic.bytes() };
  } finally {
    await visitor.close();
  }
}
