/** Proofs a second, beside single commits of the engine itself. */
import { figure, table } from '../lib/document.mjs';
import { median } from '../lib/statistics.mjs';
import { postgresCommits, sqliteCommits } from './baselines.mjs';
import { COMPUTING, ERRORS, MEDIAN, rate, SLOWEST, typical } from './columns.mjs';
import { decision, POST } from './decision.mjs';
import { load, memory } from './load.mjs';

export async function measureProofs({ folder, postgres, engines, start, rounds, seconds, connections }) {
  const started = {};
  for (const engine of engines) started[engine] = await start(engine);
  const rows = engines.flatMap((engine) => [
    ...connections.map((count) => ({ engine, connections: count, runs: [], commits: [] })),
    { engine, connections: connections.at(-1), name: 'RANDOM', runs: [], commits: [] },
  ]);
  try {
    for (let round = 0; round < rounds; round++) {
      for (const row of rows) {
        const { origin, server } = started[row.engine];
        const body = await decision(origin, row.name);
        const processes = () => [server.pid];
        row.runs.push(
          await load({ folder, url: origin + POST, connections: row.connections, seconds, body, processes }),
        );
        row.memory = memory(server.pid, 'VmHWM');
        const text = body.replace(/{{(\w+)}}/g, '$1');
        row.commits.push(
          row.engine === 'SQLite'
            ? await sqliteCommits({ folder, text })
            : await postgresCommits({ postgres, folder, text, connections: row.connections, seconds }),
        );
      }
    }
  } finally {
    for (const { stop } of Object.values(started)) await stop();
  }
  return table(
    [
      ['engine, connections', (row) => `${row.engine}, ${row.connections}${row.name ? ', random names' : ''}`],
      rate('proofs a second'),
      MEDIAN,
      SLOWEST,
      ERRORS,
      ['single commits a second', (row) => figure(median(row.commits))],
      ['as a multiple', (row) => figure(typical('rate')(row) / median(row.commits), 2)],
      COMPUTING,
      ['memory at most, MB', (row) => figure(row.memory)],
    ],
    rows,
  );
}
