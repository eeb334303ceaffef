/** What opening marked-up scripts costs, by their number, beside a bare loop that puts as many scripts into a page. */
import { newVisitor, profile } from '../lib/browser.mjs';
import { figure, table } from '../lib/document.mjs';
import { listenWith } from '../lib/listen.mjs';
import { Page } from '../lib/page.mjs';
import { growth, median } from '../lib/statistics.mjs';

const BANNER = '#placet >>> [data-placet=banner]';

/** Measures pages with these numbers of scripts, at full speed; answers with a table. */
export async function measureElements({ browser, placet, sizes, runs }) {
  const site = await listenWith((path) => {
    const [, kind, count] = path.split('/');
    return kind === 'placet' ? page(count, 'data-consent="analytics"', placet.snippet()) : page(count, 'data-bare');
  });
  const rows = sizes.map((size) => ({ size, placet: [], bare: [] }));
  try {
    for (let run = 0; run < runs; run++) {
      for (const row of rows) {
        row.placet.push(await opening(browser, `${site.origin}/placet/${row.size}`, grant, BANNER));
        row.bare.push(await opening(browser, `${site.origin}/bare/${row.size}`, insert));
      }
    }
  } finally {
    site.stop();
  }

  const time = (samples) => median(samples.map(({ time }) => time));
  const work = (samples) => median(samples.map(({ work }) => work));
  const each = (samples, { size }) => figure((work(samples) * 1000) / size);
  // With few scripts, what is done once counts for more than what is done for each.
  const many = rows.filter(({ size }) => size >= 100);
  const counts = many.map(({ size }) => size);
  const power = (kind) => {
    const times = many.map((row) => time(row[kind]));
    return figure(growth(counts, times), 2);
  };
  return [
    table(
      [
        ['scripts', ({ size }) => size],
        ['Placet: the last ran after, ms', ({ placet }) => figure(time(placet), 1)],
        ['thread busy, µs for each', (row) => each(row.placet, row)],
        ['bare loop: the last ran after, ms', ({ bare }) => figure(time(bare), 1)],
        ['thread busy, µs for each', (row) => each(row.bare, row)],
        ['Placet as a multiple, in ms', ({ placet, bare }) => figure(time(placet) / time(bare), 1)],
      ],
      rows,
    ),
    `From 100 scripts on, the time grows with their number to the power of ${power('placet')} (bare loop: ${power('bare')}); 1 is in proportion.`,
  ].join('\n\n');
}

const page = (count, mark, snippet = '') => `<!doctype html><html lang="en"><title>Scripts</title>
<script>let left = ${count}; const ran = () => { if (!--left) window.lastRan = performance.now(); };</script>
${snippet}<h1>Scripts</h1>${`<script type="text/plain" ${mark}>ran()</script>\n`.repeat(count)}`;

/** Opens a page, lets it come to rest, and has `start` begin: how long until the last ran, and the thread's work for it. */
async function opening(browser, address, start, banner) {
  const visitor = await newVisitor(browser);
  const page = await Page.open(visitor, profile('fast-1x'), { banner });
  await page.goTo(address);
  if (banner) await page.painted();
  await page.traffic.quiet(500);
  const before = await page.metrics();
  const began = await page.tab.evaluate(start);
  await page.until('the run of the last script', () => window.lastRan !== undefined);
  const after = await page.metrics();
  const time = (await page.tab.evaluate(() => window.lastRan)) - began;
  await visitor.close();
  return { time, work: (after.TaskDuration - before.TaskDuration) * 1000 };
}

/** The visitor's grant, without the banner's going and without the proof. */
function grant() {
  let began;
  window.placet.push((manager) => {
    manager.setServiceConsent('analytics', true);
    began = performance.now();
    manager.dispatchEvent();
  });
  return began;
}

function insert() {
  const began = performance.now();
  for (const shut of document.querySelectorAll('[data-bare]')) {
    const script = document.createElement('script');
    script.text = shut.text;
    shut.replaceWith(script);
  }
  return began;
}
