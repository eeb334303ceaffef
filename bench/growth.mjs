/**
 * `npm run bench:growth`: what grows with what, each beside something measured in the same run. Prints the tables.
 *
 *   --only a,b              services, elements, placeholders, proofs
 *   --runs N                visits of each kind (5)
 *   --services 5,50,200     services of a widget whose visitor comes back
 *   --elements 10,…,1000    marked-up scripts that are opened
 *   --placeholders 0,…,400  blocked frames of a page
 *   --proofs 0,…,100000     proofs that the server has when another one comes
 *   --write                 put the tables into docs/performance.md
 */
import { parseArgs } from 'node:util';
import { Halt, main, say } from '../scripts/lib.mjs';
import { measureElements } from './growth/elements.mjs';
import { measurePlaceholders } from './growth/placeholders.mjs';
import { measureProofs } from './growth/proofs.mjs';
import { measureServices } from './growth/services.mjs';
import { launch } from './lib/browser.mjs';
import { writeSection } from './lib/document.mjs';
import { machine } from './lib/machine.mjs';
import { startPlacet } from './lib/placet.mjs';
import { buildPlacet } from './lib/prepare.mjs';

const PARTS = {
  services: measureServices,
  elements: measureElements,
  placeholders: measurePlaceholders,
  proofs: measureProofs,
};

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(PARTS).join() },
    runs: { type: 'string', default: '5' },
    services: { type: 'string', default: '5,50,200' },
    elements: { type: 'string', default: '10,100,300,1000' },
    placeholders: { type: 'string', default: '0,10,120,400' },
    proofs: { type: 'string', default: '0,1000,10000,100000' },
    write: { type: 'boolean' },
  },
});

await main(async () => {
  const wanted = options.only.split(',');
  const unknown = wanted.find((part) => !(part in PARTS));
  if (unknown)
    throw new Halt(`there is nothing called "${unknown}" to measure; there are ${Object.keys(PARTS).join(', ')}`);
  await buildPlacet();
  const placet = await startPlacet();
  const browser = await launch();
  try {
    for (const part of wanted) {
      say(`Measuring what grows with the number of ${part}`);
      const sizes = options[part].split(',').map(Number);
      const found = await PARTS[part]({ browser, placet, sizes, runs: Number(options.runs) });
      const text = `${machine(browser.version())}.\n\n${found}`;
      console.log(`\n${text}\n`);
      if (options.write) await writeSection(`growth-${part}`, text);
    }
  } finally {
    await browser.close();
    await placet.stop();
  }
});
