/** Bodies that are none: 100,000 of them, the same each time, and the server fails at none. */
import { connect } from 'node:net';
import { expect, PlacetServer, test } from './site.ts';

const BODIES = 100_000;
const CONNECTIONS = 50;

class OpenServer extends PlacetServer {
  override get settings(): Record<string, string> {
    return { ...super.settings, PLACET_PROOFS_PER_CLIENT: '0', PLACET_PROOFS_PER_WIDGET: '0' };
  }
}

/** A generator of whole numbers below a bound (mulberry32), the same for the same seed. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** What is not expected in the place of anything, as JSON. */
const ODD = [
  'null',
  '-1',
  '1e999',
  '18446744073709551616',
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '[[]]',
  '{"":{}}',
  '"é"',
].concat(
  '"ada@example.com"',
  '"+999999-12-31T23:59:59Z"',
  `"${'x'.repeat(3000)}"`,
  `${'['.repeat(200)}${']'.repeat(200)}`,
);

/** A good body with something wrong about it. */
function harmed(good: string, next: (below: number) => number): Buffer {
  const bytes = Buffer.from(good);
  const at = next(bytes.length);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (next(6)) {
    case 0:
      bytes[at] = next(256);
      return bytes;
    case 1:
      return Buffer.concat([before, after.subarray(1 + next(40))]);
    case 2:
      return Buffer.concat([before, after.subarray(0, 1 + next(40)), after]);
    case 3:
      return Buffer.from(before);
    case 4: {
      // In the place of one of its values.
      const values = [...good.matchAll(/:("[^"]*"|\d+|true|false|null)/g)];
      const { index, 1: value = '' } = values[next(values.length)]!;
      return Buffer.from(good.slice(0, index + 1) + ODD[next(ODD.length)] + good.slice(index + 1 + value.length));
    }
    default:
      return Buffer.from(Array.from({ length: next(100) }, () => next(256)));
  }
}

/** Sends bodies over one connection, and counts the answers by status. */
function send(origin: URL, bodies: () => Buffer | undefined): Promise<Map<string, number>> {
  const statuses = new Map<string, number>();
  return new Promise((done, fail) => {
    const connection = connect(Number(origin.port), '127.0.0.1');
    let heard = '';
    const next = (): void => {
      const body = bodies();
      if (!body) return void connection.end();
      const head = [
        `POST /v1/widgets/43/${body.length % 4 ? 'consents' : 'answers'}?key=pk_demo HTTP/1.1`,
        'Host: placet',
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        '\r\n',
      ];
      connection.write(Buffer.concat([Buffer.from(head.join('\r\n')), body]));
    };
    connection.setEncoding('latin1').on('data', (text) => {
      heard += text;
      const [, status, length, rest] = /^HTTP\/1\.1 (\d{3}).*?content-length: (\d+).*?\r\n\r\n(.*)$/s.exec(heard) ?? [];
      if (!status || rest!.length < Number(length)) return;
      heard = '';
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      next();
    });
    connection.on('error', fail).on('close', () => done(statuses));
    next();
  });
}

test('no body makes the server fail', async () => {
  test.setTimeout(240_000);
  const server = new OpenServer();
  await server.start();
  try {
    const config = await (await fetch(`${server.origin}/v1/widgets/43?key=pk_demo`)).json();
    const cookieConsents = config.purposes.flatMap(({ purpose, services }: any) =>
      services.map(({ id, name, slug, version }: any) => ({
        ...{ id, name, slug, version, purpose },
        consent: true,
        date: '2020-05-19T16:53:59.511Z',
      })),
    );
    const consents = { lang: 'fr-FR', versionKey: config.versionKey, cookieConsents };
    const good = JSON.stringify({ sessionId: '0b93b823-ff36-4d61-8959-e9e8deee5ef8', type: 2, consents });

    const sent = await Promise.all(
      Array.from({ length: CONNECTIONS }, (_, seed) => {
        const next = chance(seed);
        let left = BODIES / CONNECTIONS;
        return send(new URL(server.origin), () => (left-- > 0 ? harmed(good, next) : undefined));
      }),
    );
    const total = new Map<string, number>();
    for (const [status, count] of sent.flatMap((statuses) => [...statuses])) {
      total.set(status, (total.get(status) ?? 0) + count);
    }
    // Of some it cannot be seen that they were harmed: a letter in a field that nobody reads.
    expect([...total.keys()].sort()).toEqual(['201', '400', '422']);
    expect([...total.values()].reduce((sum, count) => sum + count)).toBe(BODIES);
    expect(total.get('201')).toBeLessThan(BODIES / 10);
    expect((await fetch(`${server.origin}/readyz`)).status).toBe(200);
  } finally {
    await server.remove();
  }
});
