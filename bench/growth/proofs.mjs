/** How long the server takes to keep a proof, by how many it has, beside an answer for which it does nothing. */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { figure, table } from '../lib/document.mjs';
import { DEMO } from '../lib/placet.mjs';
import { median, quantile } from '../lib/statistics.mjs';

/** So many requests of each kind at each size, some more before them that are not measured. */
const MEASURED = 300;
const WARM_UP = 50;
/** So many at once to get to the next size. */
const AT_ONCE = 32;

const PAGE = { origin: 'http://localhost:4000' };

/** Posts real proofs; answers with a table. */
export async function measureProofs({ placet, sizes }) {
  const one = client(placet.origin, 1);
  const many = client(placet.origin, AT_ONCE);
  const path = `/v1/widgets/${DEMO.id}/consents?key=${DEMO.key}`;
  const proof = await proofOf(one);
  const post = (send) => send('POST', path, { ...proof, sessionId: randomUUID() });

  const rows = [];
  let stored = 0;
  for (const size of sizes) {
    const missing = Math.max(0, size - stored);
    const start = performance.now();
    await inParallel(missing, AT_ONCE, () => post(many.send));
    const filling = missing && (missing / (performance.now() - start)) * 1000;
    stored += missing;

    const times = { proof: [], health: [] };
    for (let index = -WARM_UP; index < MEASURED; index++) {
      const [proof, health] = [await timed(() => post(one.send)), await timed(() => one.send('GET', '/healthz'))];
      stored++;
      if (index < 0) continue;
      times.proof.push(proof);
      times.health.push(health);
    }
    rows.push({ size, ...times, filling });
  }
  for (const { close } of [one, many]) close();

  const ratio = ({ proof, health }) => median(proof) / median(health);
  return table(
    [
      ['proofs stored', ({ size }) => size.toLocaleString('en')],
      ['POST …/consents, ms', ({ proof }) => figure(median(proof), 2)],
      ['slowest of 20, ms', ({ proof }) => figure(quantile(proof, 0.95), 2)],
      ['GET /healthz, ms', ({ health }) => figure(median(health), 2)],
      ['as a multiple', (row) => figure(ratio(row), 1)],
      [`proofs a second, ${AT_ONCE} at once, on the way here`, ({ filling }) => (filling ? figure(filling) : '–')],
    ],
    rows,
  );
}

/** What a page posts when its visitor has accepted: from the widget, as the server tells it. */
async function proofOf({ send }) {
  const widget = await send('GET', `/v1/widgets/${DEMO.id}?key=${DEMO.key}&lang=en`);
  const date = new Date().toISOString();
  const cookieConsents = widget.purposes.flatMap(({ purpose, services }) =>
    services.map(({ id, name, slug, version }) => ({ id, name, slug, version, date, purpose, consent: true })),
  );
  return { type: 2, consents: { lang: widget.lang, versionKey: widget.versionKey, cookieConsents } };
}

/** Requests to the server on so many connections that stay open. */
function client(origin, connections) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const send = (method, path, body) =>
    new Promise((done, fail) => {
      const content = body && JSON.stringify(body);
      const headers = {
        ...PAGE,
        ...(body && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
      };
      const sent = request(origin + path, { method, agent, headers }, async (response) => {
        const text = (await response.setEncoding('utf8').toArray()).join('');
        if (response.statusCode >= 300) return fail(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
        done(response.headers['content-type']?.includes('json') ? JSON.parse(text) : text);
      });
      sent.on('error', fail).end(content);
    });
  return { send, close: () => agent.destroy() };
}

async function timed(step) {
  const start = performance.now();
  await step();
  return performance.now() - start;
}

async function inParallel(times, width, step) {
  let left = times;
  const worker = async () => {
    while (left-- > 0) await step();
  };
  await Promise.all(Array.from({ length: width }, worker));
}
