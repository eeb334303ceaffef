/** The browser, and what it is slowed down to. */
import { Halt } from '../../scripts/lib.mjs';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The networks that can be played (CDP): 150 ms for each request, 1.6 Mbit/s down and 750 kbit/s up; or none. */
const NETWORKS = {
  slow4g: { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 },
  fast: undefined,
};

/** What is measured where nothing else is said: a middling phone on a poor connection. */
export const USUAL_PROFILE = 'slow4g-4x';

/** Starts Chromium: the machine's, or the one that CHROMIUM names. */
export async function launch() {
  const { chromium } = await import('@playwright/test');
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

/** A new visitor: nothing kept, nothing cached. */
export const newVisitor = (browser) =>
  browser.newContext({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1, locale: 'en-US' });

/**
 * A profile by its name, as `slow4g-4x`: the network, and how many times slower the processor is. With how long a page
 * is watched, in milliseconds, on the first visit and on the second.
 */
export function profile(name) {
  const [, network, slowdown] = /^([a-z0-9]+)-(\d+)x$/.exec(name) ?? [];
  if (!(network in NETWORKS)) {
    throw new Halt(`"${name}" is no profile; write ${Object.keys(NETWORKS).join(' or ')}, and 1x to 20x, as slow4g-4x`);
  }
  const watched = NETWORKS[network] ? { first: 3500, second: 2400 } : { first: 2000, second: 1300 };
  return { name, network: NETWORKS[network], slowdown: Number(slowdown), watched };
}

/** Has a page feel like this profile from now on. */
export async function slowDown(devtools, { network, slowdown }) {
  if (network) await devtools.send('Network.emulateNetworkConditions', network);
  if (slowdown > 1) await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
}
