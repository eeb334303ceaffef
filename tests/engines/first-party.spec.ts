/** A server that is a part of the site, under the site's domain: it sets the choice's cookie by HTTP, too. */
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { applyVariant, type Edits } from '../e2e/variant.ts';
import { choice, click, expect, gone, hook, reached, test } from './visitor.ts';

/** Browsers resolve what is below `localhost` to loopback, and take it for a domain like any other. */
const [DOMAIN, PAGES, PLACET] = ['shop.localhost', 'www.shop.localhost', 'consent.shop.localhost'];

/** What the server was asked, and the cookie that its answer set. */
interface Exchange {
  method: string;
  path: string;
  shown: string | undefined;
  set: string | undefined;
}

/**
 * Hands everything to the server, and notes what goes by; `hold` keeps an answer back. With `pages`, only what is below
 * `/consent/` is the server's, without that, and all else is of that origin.
 */
async function proxied(
  origin: string,
  pages?: string,
): Promise<{
  exchanges: Exchange[];
  port: number;
  hold: (answer?: Promise<void>) => void;
  stop: () => void;
}> {
  const exchanges: Exchange[] = [];
  let held: Promise<void> | undefined;
  const server = createServer((asked, answer) => {
    const { method, headers } = asked;
    const isOfPages = !!pages && !asked.url!.startsWith('/consent/');
    const url = pages && !isOfPages ? asked.url!.slice('/consent'.length) : asked.url;
    const onward = request(
      new URL(url!, isOfPages ? pages : origin),
      { method, headers },
      async (response: IncomingMessage) => {
        const [set] = response.headers['set-cookie'] ?? [];
        exchanges.push({ method: method!, path: url!.split('?', 1)[0]!, shown: headers.cookie, set });
        if (method !== 'OPTIONS') await held;
        answer.writeHead(response.statusCode!, response.headers);
        response.pipe(answer);
      },
    );
    asked.pipe(onward);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const stop = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { exchanges, port, hold: (answer) => void (held = answer), stop };
}

const html = (snippet: string, body = ''): string =>
  `<!doctype html><html lang="en"><head><title>A shop</title>${snippet}</head><body><h1>A shop</h1>${body}</body></html>`;

const edits = (port: number): Edits => [
  ['"http://localhost:*"', `"http://localhost:*", "http://${PAGES}:${port}"`],
  ['days = 180\n\n[signals]', `days = 180\ndomain = "${DOMAIN}"\n\n[signals]`],
];

test('a choice is set again by the answer to its proof, with the same text', async ({ visitor, site, server }) => {
  const proxy = await proxied(server.origin);
  try {
    const snippet = applyVariant(server, 97, edits(site.port)).replace(server.origin, `http://${PLACET}:${proxy.port}`);
    const page = site.page('/first-party', html(snippet)).replace('//localhost', `//${PAGES}`);
    await visitor.goto(page);
    await click(visitor, hook('accept-all'));
    await gone(visitor, hook('banner'));
    const posted = () => proxy.exchanges.find(({ method, path }) => method === 'POST' && path.endsWith('/consents'));
    await expect.poll(posted).toBeTruthy();
    const { shown, set } = posted()!;
    const text = /euconsent=[^;]*/.exec(shown!)![0];
    expect(set).toMatch(/; Path=\/; SameSite=Lax; Max-Age=15(5519\d\d|552000); Domain=shop\.localhost$/);
    expect(set!.startsWith(`${text}; `)).toBe(true);
    await expect.poll(() => choice(visitor)).toMatchObject({ drift: true, analytics: true });
    const { expiry } = (await visitor.stored('euconsent'))!;
    expect(Math.abs(expiry - Date.now() / 1000 - 180 * 86_400)).toBeLessThan(3600);

    // A day later the configuration is asked for, and nothing else.
    await visitor.evaluate(() => {
      const kept = JSON.parse(localStorage.getItem('placet-config')!);
      localStorage.setItem('placet-config', JSON.stringify({ ...kept, at: kept.at - 86_400_001 }));
    });
    proxy.exchanges.length = 0;
    await visitor.reload();
    await reached(visitor, hook('trigger'));
    const asked = () => proxy.exchanges.filter(({ path }) => path.startsWith('/v1/'));
    await expect.poll(() => asked().length).toBe(1);
    expect(asked()[0]).toMatchObject({ method: 'GET', path: '/v1/widgets/97' });
    expect(asked()[0]!.set!.startsWith(`${text}; `)).toBe(true);
  } finally {
    proxy.stop();
  }
});

test('an answer that comes late does not bring an older choice back', async ({ visitor, site, server }) => {
  const proxy = await proxied(server.origin);
  try {
    const snippet = applyVariant(server, 98, edits(site.port)).replace(server.origin, `http://${PLACET}:${proxy.port}`);
    await visitor.goto(site.page('/late', html(snippet)).replace('//localhost', `//${PAGES}`));
    await reached(visitor, hook('accept-all'));
    await visitor.evaluate(() => new Promise((done) => (window as any).placet.push(['ready', done])).then(() => {}));
    let letGo = (): void => {};
    await click(visitor, hook('settings'));
    await reached(visitor, hook('close'));
    proxy.hold(new Promise((done) => (letGo = done)));
    await click(visitor, hook('accept-all-preferences'));
    const posts = () => proxy.exchanges.filter(({ method, path }) => method === 'POST' && path.endsWith('/consents'));
    await expect.poll(() => posts().length).toBe(1);
    expect(posts()[0]!.set).toContain('drift%22%3Atrue');
    // It is held; meanwhile the visitor forgets the choice.
    await visitor.evaluate(() => (window as any).placet.manager.reset());
    expect(await choice(visitor)).toBe(null);
    letGo();
    proxy.hold();
    await expect.poll(() => visitor.evaluate(() => localStorage.getItem('placet-consent-id'))).toContain('consentId');
    expect(await choice(visitor)).toBe(null);
    await visitor.reload();
    await reached(visitor, hook('accept-all'));
  } finally {
    proxy.stop();
  }
});

test('a path of the site: everything follows the snippet there', async ({ visitor, site, server, trackers }) => {
  const proxy = await proxied(server.origin, `http://localhost:${site.port}`);
  try {
    const snippet = applyVariant(server, 99, [
      ['"http://localhost:*"', `"http://localhost:*", "http://${PAGES}:${proxy.port}"`],
    ]).replace(server.origin, '/consent');
    const chat = `<script type="text/plain" data-consent="drift" data-src="${trackers.origin}/chat.js"></script>`;
    site.page('/path', html(snippet, chat));
    await visitor.goto(`http://${PAGES}:${proxy.port}/path`);
    await click(visitor, hook('settings'));
    await reached(visitor, hook('preferences'));
    await click(visitor, hook('accept-all-preferences'));
    await gone(visitor, hook('preferences'));
    await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
    const posted = () => proxy.exchanges.find(({ method, path }) => method === 'POST' && path.endsWith('/consents'));
    await expect.poll(posted).toBeTruthy();
    const text = /euconsent=[^;]*/.exec(posted()!.shown!)![0];
    expect(posted()!.set!.startsWith(`${text}; `)).toBe(true);
    expect(posted()!.set).not.toContain('Domain');
    await expect.poll(() => visitor.evaluate(() => localStorage.getItem('placet-consent-id'))).toContain('consentId');
    expect((await visitor.stored('euconsent'))!.domain).toBe(PAGES);
    await visitor.reload();
    await reached(visitor, hook('trigger'));
    await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(2);
  } finally {
    proxy.stop();
  }
});
