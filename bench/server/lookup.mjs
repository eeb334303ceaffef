/** Finding one proof among many by its identifier, as an administrator does. */
import { statSync } from 'node:fs';
import { env } from '../../scripts/lib.mjs';
import { figure, table } from '../lib/document.mjs';
import { ADMIN_TOKEN, DEMO } from '../lib/placet.mjs';
import { ERRORS, MEDIAN, rate, SLOWEST } from './columns.mjs';
import { decision, POST } from './decision.mjs';
import { load, memory, output } from './load.mjs';
import { RUN } from './rows.mjs';
import { fill } from './stored.mjs';

/** How many different ones are asked for. */
const DIFFERENT = 5_000;

export async function measureLookup({ folder, postgres, engines, start, rounds, seconds, rows: count }) {
  const rows = [];
  for (const engine of engines) {
    const placet = await start(engine);
    const { origin, server, database, stop } = placet;
    try {
      await load({ folder, url: origin + POST, connections: 1, seconds: 1, body: await decision(origin) });
      await fill({ engine, placet, postgres, name: 'placet', count });
      const size =
        engine === 'SQLite'
          ? statSync(database).size
          : Number(await postgres.psql('placet', "SELECT pg_database_size('placet')"));
      // From one end to the other, and in no order of use to a cache.
      const places = Array.from({ length: DIFFERENT }, (_, index) => 1 + Math.floor((index * count) / DIFFERENT));
      const some = `SELECT consent_id FROM proof
        WHERE run = '${RUN}' AND widget_id = ${DEMO.id} AND number IN (${places.join()})`;
      const found =
        engine === 'SQLite'
          ? await output('sqlite3', [database], env, `${some};`)
          : await postgres.psql('placet', some);
      const paths = found
        .trim()
        .split('\n')
        .sort(() => Math.random() - 0.5)
        .map((id) => `/v1/consents/${id}`);
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
      for (const connections of [1, 16]) {
        const runs = [];
        for (let round = 0; round < rounds; round++) {
          runs.push(
            await load({ folder, url: origin, connections, seconds, headers, paths, processes: () => [server.pid] }),
          );
        }
        rows.push({ engine, connections, runs, size, memory: memory(server.pid) });
      }
    } finally {
      await stop();
      if (engine === 'PostgreSQL') await postgres.psql('postgres', 'DROP DATABASE placet WITH (FORCE)');
    }
  }
  return table(
    [
      [`among ${count.toLocaleString('en')}: engine, connections`, (row) => `${row.engine}, ${row.connections}`],
      rate('found a second'),
      MEDIAN,
      SLOWEST,
      ERRORS,
      ['memory, MB', (row) => figure(row.memory)],
      ['database, KB a proof', (row) => figure(row.size / count / 1024, 1)],
    ],
    rows,
  );
}
