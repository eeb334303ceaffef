/**
 * `npm run bench:server`: how many proofs and configurations the server answers a second, each beside what the database
 * engine or a web server does by itself in the same round. Prints the tables.
 *
 *   --only a,b             proofs, config, stored, lookup, soak (the first three)
 *   --engines a,b          sqlite, postgres (both, as far as they are installed)
 *   --rounds N             times that everything is measured; the tables have the medians (3)
 *   --seconds N            for how long each time (4)
 *   --connections 1,16,64  that post at the same time
 *   --stored 0,1000000     proofs that are there when others come
 *   --rows 10000000        proofs among which one is looked up
 *   --minutes 5            that the soak takes
 *   --write                put the tables into docs/performance.md
 *
 * The load comes from wrk; baselines are sqlite3, pgbench and nginx. What is not installed is left out, and said so.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Halt, main, say } from '../scripts/lib.mjs';
import { buildServer } from '../scripts/server.mjs';
import { buildSdk } from '../scripts/build.mjs';
import { writeSection } from './lib/document.mjs';
import { machine } from './lib/machine.mjs';
import { startPlacet } from './lib/placet.mjs';
import { measureConfig } from './server/config.mjs';
import { needWrk } from './server/load.mjs';
import { measureLookup } from './server/lookup.mjs';
import { startPostgres } from './server/postgres.mjs';
import { measureProofs } from './server/proofs.mjs';
import { measureSoak } from './server/soak.mjs';
import { measureStored } from './server/stored.mjs';

const PARTS = {
  proofs: measureProofs,
  config: measureConfig,
  stored: measureStored,
  lookup: measureLookup,
  soak: measureSoak,
};

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'proofs,config,stored' },
    engines: { type: 'string', default: 'sqlite,postgres' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '1,16,64' },
    stored: { type: 'string', default: '0,1000000' },
    rows: { type: 'string', default: '10000000' },
    minutes: { type: 'string', default: '5' },
    write: { type: 'boolean' },
  },
});

await main(async () => {
  const wanted = options.only.split(',');
  const unknown = wanted.find((part) => !(part in PARTS));
  if (unknown) throw new Halt(`there is nothing called "${unknown}"; there are ${Object.keys(PARTS).join(', ')}`);
  needWrk();
  // Interrupted, it ends as it would by itself: with the servers that it has started.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  if (!process.env.PLACET_SERVER) {
    await buildSdk();
    await buildServer();
  }
  const folder = mkdtempSync(join(tmpdir(), 'placet-bench-server-'));
  const engines = options.engines.split(',');
  const postgres = engines.includes('postgres') ? await startPostgres() : null;
  if (engines.includes('postgres') && !postgres) say('PostgreSQL is not installed: measuring without it');
  const run = {
    folder,
    postgres,
    engines: [...(engines.includes('sqlite') ? ['SQLite'] : []), ...(postgres ? ['PostgreSQL'] : [])],
    /** Starts a server on a new database of an engine. */
    start: async (engine, name = 'placet') =>
      startPlacet(engine === 'SQLite' ? {} : { url: await postgres.newDatabase(name) }),
    rounds: Number(options.rounds),
    seconds: Number(options.seconds),
    connections: options.connections.split(',').map(Number),
    stored: options.stored.split(',').map(Number),
    rows: Number(options.rows),
    minutes: Number(options.minutes),
  };
  try {
    for (const part of wanted) {
      say(`Measuring: ${part}`);
      const text = `${machine()}.\n\n${await PARTS[part](run)}`;
      console.log(`\n${text}\n`);
      if (options.write) await writeSection(`server-${part}`, text);
    }
  } finally {
    await postgres?.stop();
    rmSync(folder, { recursive: true });
  }
});
