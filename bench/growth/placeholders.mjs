/** What the placeholders of blocked frames cost, by their number: until the banner, and while the page changes. */
import { newVisitor, profile } from '../lib/browser.mjs';
import { figure, table } from '../lib/document.mjs';
import { listenWith } from '../lib/listen.mjs';
import { Page } from '../lib/page.mjs';
import { median } from '../lib/statistics.mjs';

const BANNER = '#placet >>> [data-placet=banner]';

/** Measures pages with these numbers of frames, at full speed; returns a table. */
export async function measurePlaceholders({ browser, placet, sizes, runs }) {
  const site = await listenWith((path) => page(Number(path.split('/')[1]), placet.snippet()));
  const rows = sizes.map((size) => ({ size, banner: [], frames: [] }));
  try {
    for (let run = 0; run < runs; run++) {
      for (const row of rows) await measure(browser, `${site.origin}/${row.size}`, row);
    }
  } finally {
    site.stop();
  }
  return table(
    [
      ['blocked frames', ({ size }) => size],
      ['the banner after, ms', ({ banner }) => figure(median(banner), 0)],
      ['frames a second, one change of the page in each', ({ frames }) => figure(median(frames), 0)],
    ],
    rows,
  );
}

const frame = '<iframe data-consent="youtube" data-src="http://127.0.0.1:9/" width="300" height="150"></iframe>\n';
const page = (count, snippet) => `<!doctype html><html lang="en"><title>Frames</title>${snippet}<h1>Frames</h1>
<p id="changing">A page</p>${frame.repeat(count)}`;

async function measure(browser, address, row) {
  const visitor = await newVisitor(browser);
  const page = await Page.open(visitor, profile('fast-1x'), { banner: BANNER });
  await page.goTo(address);
  await page.painted();
  row.banner.push((await page.found()).painted);
  await page.traffic.quiet(500);
  row.frames.push(await page.tab.evaluate(change));
  await visitor.close();
}

/** Changes the page in each frame for two seconds: how many frames there were a second. */
function change() {
  const changing = document.querySelector('#changing');
  return new Promise((done) => {
    let frames = 0;
    const began = performance.now();
    requestAnimationFrame(function next(now) {
      frames += 1;
      changing.textContent = `Frame ${frames}`;
      if (now - began < 2000) requestAnimationFrame(next);
      else done((frames * 1000) / (now - began));
    });
  });
}
