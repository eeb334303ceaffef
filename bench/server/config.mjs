/** Configurations a second, beside nginx with the same bytes in a file. */
import { say } from '../../scripts/lib.mjs';
import { figure, table } from '../lib/document.mjs';
import { median } from '../lib/statistics.mjs';
import { startNginx } from './baselines.mjs';
import { GET } from './decision.mjs';
import { load, PAGE } from './load.mjs';

const CONNECTIONS = 64;

export async function measureConfig({ folder, engines, start, rounds, seconds }) {
  const { origin, server, stop } = await start(engines[0]);
  const answer = await fetch(origin + GET, { headers: PAGE });
  const unchanged = { ...PAGE, 'if-none-match': answer.headers.get('etag') };
  const nginx = await startNginx({ folder, text: await answer.text() });
  if (!nginx) say('nginx is not installed: measuring without it');
  const how = { folder, connections: CONNECTIONS, seconds };
  const get = (headers) => load({ ...how, url: origin + GET, headers, processes: () => [server.pid] });
  const rows = [
    { what: '200, the whole configuration', placet: () => get(PAGE), baseline: () => nginx?.whole(how) },
    { what: '304, nothing has changed', placet: () => get(unchanged), baseline: () => nginx?.unchanged(how) },
  ].map((row) => ({ ...row, ours: [], theirs: [] }));
  try {
    for (let round = 0; round < rounds; round++) {
      for (const row of rows) {
        row.ours.push(await row.placet());
        row.theirs.push((await row.baseline()) ?? {});
      }
    }
  } finally {
    await nginx?.stop();
    await stop();
  }
  const of = (name, runs) => median(runs.map((run) => run[name]));
  return table(
    [
      [`GET on ${CONNECTIONS} connections`, ({ what }) => what],
      ['a second', ({ ours }) => figure(of('rate', ours))],
      ['slowest of 100, ms', ({ ours }) => figure(of('p99', ours), 2)],
      ['errors', ({ ours }) => figure(ours.reduce((sum, { errors }) => sum + errors, 0))],
      ['nginx, a second', ({ theirs }) => figure(of('rate', theirs))],
      ['as a multiple', ({ ours, theirs }) => figure(of('rate', ours) / of('rate', theirs), 2)],
      ['computing, µs', ({ ours }) => figure(of('computing', ours))],
      ['nginx, µs', ({ theirs }) => figure(of('computing', theirs))],
    ],
    rows,
  );
}
