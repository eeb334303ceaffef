/** The server's memory while proofs come for minutes. */
import { figure, table } from '../lib/document.mjs';
import { decision, POST } from './decision.mjs';
import { load, memory } from './load.mjs';

const CONNECTIONS = 16;

export async function measureSoak({ folder, engines, start, minutes }) {
  const rows = [];
  for (const engine of engines) {
    const { origin, server, stop } = await start(engine);
    try {
      const body = await decision(origin);
      for (let minute = 1; minute <= minutes; minute++) {
        const run = await load({ folder, url: origin + POST, connections: CONNECTIONS, seconds: 60, body });
        rows.push({ engine, minute, ...run, memory: memory(server.pid) });
      }
    } finally {
      await stop();
    }
  }
  return table(
    [
      [`${CONNECTIONS} connections: engine, minute`, ({ engine, minute }) => `${engine}, ${minute}`],
      ['proofs a second', ({ rate }) => figure(rate)],
      ['slowest of 100, ms', ({ p99 }) => figure(p99, 2)],
      ['errors', ({ errors }) => figure(errors)],
      ['memory, MB', (row) => figure(row.memory)],
    ],
    rows,
  );
}
