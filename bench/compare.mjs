/**
 * `npm run bench`: Placet beside other consent tools, on one page, in one browser. Prints the tables.
 *
 *   --runs N           rounds (9); each measures every tool once
 *   --adapters a,b     only these; the page without a tool is always measured
 *   --profile NAME     slow4g-4x, fast-1x, …
 *   --write            put the tables into docs/performance.md and draw docs/performance.svg
 *   --report FILE      no new run: the tables of an earlier one (bench/results/…)
 *   --serve            no run: serve the pages to look at
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { at, main, say } from '../scripts/lib.mjs';
import { loadAdapters } from './lib/adapters.mjs';
import { launch, profile as profileOf, USUAL_PROFILE } from './lib/browser.mjs';
import { writeSection } from './lib/document.mjs';
import { machine } from './lib/machine.mjs';
import { startPlacet } from './lib/placet.mjs';
import { plot } from './lib/plot.mjs';
import { buildPlacet, installPeers } from './lib/prepare.mjs';
import { summarize, tables } from './lib/report.mjs';
import { startSite } from './lib/site.mjs';
import { measure } from './lib/visits.mjs';

const RESULTS = at('bench', 'results');

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '9' },
    adapters: { type: 'string' },
    profile: { type: 'string', default: USUAL_PROFILE },
    write: { type: 'boolean' },
    report: { type: 'string' },
    serve: { type: 'boolean' },
  },
});

await main(async () => {
  if (options.report) return tell(JSON.parse(readFileSync(options.report, 'utf8')));
  const profile = profileOf(options.profile);
  await buildPlacet();
  await installPeers();
  const placet = await startPlacet();
  let site;
  try {
    const adapters = await loadAdapters(options.adapters?.split(','), { PLACET: placet.snippet() });
    site = await startSite(adapters);
    if (options.serve) await serve(adapters, site);
    else await tell(await compare(adapters, site, profile, Number(options.runs)));
  } finally {
    site?.stop();
    await placet.stop();
  }
});

/** Measures every adapter in each round, in an order that turns, each round in a new browser. */
async function compare(adapters, site, profile, runs) {
  const result = {
    machine: '',
    profile: profile.name,
    runs,
    adapters: adapters.map(({ name, label, offers, versions }) => ({ name, label, offers, versions })),
    samples: [],
  };
  const file = `${RESULTS}/${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.json`;
  mkdirSync(RESULTS, { recursive: true });

  say('Rehearsal: every tool once, unmeasured');
  await inNewBrowser((browser) => round(browser, adapters, site, profileOf('fast-1x')));
  for (let number = 1; number <= runs; number++) {
    say(`Round ${number} of ${runs} (load ${loadavg()[0].toFixed(1)})`);
    const turn = (number * 3) % adapters.length;
    const order = [...adapters.slice(turn), ...adapters.slice(0, turn)];
    await inNewBrowser(async (browser) => {
      result.machine = machine(browser.version());
      const samples = await round(browser, order, site, profile);
      result.samples.push(...samples.map((sample) => ({ round: number, ...sample })));
    });
    // A run that is interrupted is not lost.
    writeFileSync(file, JSON.stringify(result));
  }
  say(`Every sample is in ${file}`);
  return result;
}

async function round(browser, adapters, site, profile) {
  const samples = [];
  for (const adapter of adapters) {
    process.stdout.write(`  ${adapter.name}`);
    samples.push({
      name: adapter.name,
      ...(await patiently(() => measure(browser, site.address(adapter.name), adapter, profile))),
    });
  }
  process.stdout.write('\n');
  return samples;
}

/** A machine hiccups; what fails twice is broken. */
async function patiently(step) {
  try {
    return await step();
  } catch (error) {
    process.stdout.write(` (again: ${error.message})`);
    return step();
  }
}

async function inNewBrowser(use) {
  const browser = await launch();
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}

async function tell(result) {
  const text = tables(result);
  console.log(`\n${text}`);
  if (!options.write) return;
  await writeSection('compare', text);
  writeFileSync(at('docs', 'performance.svg'), plot(summarize(result), result));
}

/** Until it is interrupted. */
async function serve(adapters, site) {
  say('The pages:');
  for (const { name } of adapters) console.log(`  ${site.address(name)}`);
  await new Promise((done) => process.once('SIGINT', done));
}
