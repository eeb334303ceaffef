/** Proofs a second, and finding one again, by how many there are. */
import { figure, table } from '../lib/document.mjs';
import { COMPUTING, ERRORS, rate, SLOWEST, typical } from './columns.mjs';
import { decision, POST } from './decision.mjs';
import { load, memory } from './load.mjs';
import { addToPostgres, addToSqlite } from './rows.mjs';

const CONNECTIONS = 64;

export async function measureStored({ folder, postgres, engines, start, rounds, seconds, stored }) {
  const rows = [];
  for (const engine of engines) {
    const those = [];
    try {
      for (const [index, size] of stored.entries()) {
        const name = `placet_${index}`;
        const placet = await start(engine, name);
        const body = await decision(placet.origin);
        const post = (seconds) => {
          const { origin, server } = placet;
          const processes = () => [server.pid];
          return load({ folder, url: origin + POST, connections: CONNECTIONS, seconds, body, processes });
        };
        those.push({ engine, size, placet, post, runs: [] });
        // There has to be one to make others of.
        await post(1);
        await fill({ engine, placet, postgres, name, count: size });
      }
      for (let round = 0; round < rounds; round++) {
        for (const { post, runs } of those) runs.push(await post(seconds));
      }
      for (const row of those) row.memory = memory(row.placet.server.pid);
    } finally {
      for (const { placet } of those) await placet.stop();
    }
    rows.push(...those);
  }
  const first = (row) => rows.find(({ engine }) => engine === row.engine);
  return table(
    [
      ['engine, proofs stored', ({ engine, size }) => `${engine}, ${size.toLocaleString('en')}`],
      rate(`proofs a second, ${CONNECTIONS} connections`),
      ['as a multiple of the first', (row) => figure(typical('rate')(row) / typical('rate')(first(row)), 2)],
      SLOWEST,
      ERRORS,
      COMPUTING,
      ['memory, MB', (row) => figure(row.memory)],
    ],
    rows,
  );
}

/** Adds so many generated proofs to a server's database (`name` in PostgreSQL). */
export async function fill({ engine, placet, postgres, name, count }) {
  if (engine === 'SQLite') await addToSqlite(placet.database, count);
  else await addToPostgres(postgres.psql, name, count);
}
