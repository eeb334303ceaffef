/**
 * Sites over TLS: the consent server under the site's own domain and under another one, by itself and behind a proxy. The
 * authority is of the tests' own; that a browser trusts it is not what they are about.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { join } from 'node:path';
import { PlacetServer } from '../e2e/site.ts';
import { applyVariant, type Edits } from '../e2e/variant.ts';
import { startTlsProxy, tlsIdentity, type TlsProxy } from './tls.ts';
import { choice, click, expect, gone, hook, reached, test as base, type Visitor } from './visitor.ts';

const WWW = 'www.shop.localhost';

interface Over {
  /** A server that speaks TLS by itself. */
  own: PlacetServer;
}

interface Each {
  /** The proxies in front of the test's site, server and trackers. */
  tls: { site: TlsProxy; placet: TlsProxy; trackers: TlsProxy };
}

const test = base.extend<Each, Over>({
  own: [
    async ({}, use) => {
      const folder = new PlacetServer().folder;
      const { cert, key } = await tlsIdentity();
      const [certificate, privateKey] = [join(folder, 'certificate.pem'), join(folder, 'certificate.key')];
      writeFileSync(certificate, cert);
      writeFileSync(privateKey, key, { mode: 0o600 });
      const server = new PlacetServer({ PLACET_TLS_CERTIFICATE: certificate, PLACET_TLS_KEY: privateKey });
      await server.start();
      await use(server);
      await server.remove();
    },
    { scope: 'worker' },
  ],
  tls: async ({ site, server, trackers }, use) => {
    const [ofSite, placet, ofTrackers] = await Promise.all([
      startTlsProxy(`http://localhost:${site.port}`),
      startTlsProxy(server.origin),
      startTlsProxy(trackers.origin),
    ]);
    await use({ site: ofSite, placet, trackers: ofTrackers });
    await Promise.all([ofSite.stop(), placet.stop(), ofTrackers.stop()]);
  },
});

const html = (snippet: string, trackers: TlsProxy): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop</title>${snippet}</head>
  <body><h1>A shop</h1>
  <script type="text/plain" data-consent="drift" data-src="https://localhost:${trackers.port}/chat.js"></script>
  </body></html>`;

/** The demo's widget, for these hosts of a site, with these settings of its cookie. */
const forHosts = (port: number, hosts: string[], cookie = ''): Edits => [
  ['"http://localhost:*", "http://127.0.0.1:8787"', hosts.map((host) => `"https://${host}:${port}"`).join(', ')],
  ['name = "euconsent"\ndays = 180\n', cookie || 'name = "euconsent"\ndays = 180\n'],
];

/** What a cookie of the page says. */
const value = (visitor: Visitor, name: string): Promise<string | null> =>
  visitor.evaluate(
    (name) =>
      document.cookie
        .split('; ')
        .find((pair) => pair.startsWith(`${name}=`))
        ?.slice(name.length + 1) ?? null,
    name,
  );

for (const [where, host] of [
  ['of the same domain', 'consent.shop.localhost'],
  ['of another domain', 'consent.other.localhost'],
] as const) {
  test(`a server ${where}: asked, answered, proven and remembered`, async ({
    visitor,
    site,
    server,
    trackers,
    tls,
  }) => {
    const snippet = applyVariant(server, 101, forHosts(tls.site.port, [WWW])).replace(
      server.origin,
      `https://${host}:${tls.placet.port}`,
    );
    site.page('/tls', html(snippet, tls.trackers));
    await visitor.goto(`https://${WWW}:${tls.site.port}/tls`);
    await reached(visitor, hook('accept-all'));
    expect(trackers.hits().total).toBe(0);
    await click(visitor, hook('accept-all'));
    await gone(visitor, hook('banner'));
    await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
    await expect.poll(() => choice(visitor)).toMatchObject({ drift: true });
    expect(await visitor.stored('euconsent')).toMatchObject({ secure: true, domain: WWW });
    const id = () => visitor.evaluate(() => JSON.parse(localStorage.getItem('placet-consent-id') ?? '{}').consentId);
    await expect.poll(id).toBeTruthy();
    expect((await server.proof(await id())).status).toBe(200);
    await visitor.reload();
    await reached(visitor, hook('trigger'));
    await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(2);
  });
}

test('a server that speaks TLS by itself', async ({ visitor, site, own, trackers, tls }) => {
  const snippet = applyVariant(own, 102, forHosts(tls.site.port, [WWW]));
  expect(snippet).toContain('src="https://localhost:');
  site.page('/own', html(snippet, tls.trackers));
  await visitor.goto(`https://${WWW}:${tls.site.port}/own`);
  await click(visitor, hook('accept-all'));
  await gone(visitor, hook('banner'));
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
  await expect.poll(() => visitor.evaluate(() => localStorage.getItem('placet-consent-id'))).toContain('consentId');
});

for (const name of ['__Host-consent', '__Secure-consent']) {
  test(`a cookie ${name} is kept, and removed`, async ({ visitor, site, server, trackers, tls }) => {
    const edits = forHosts(tls.site.port, [WWW], `name = "${name}"\ndays = 180\n`);
    const snippet = applyVariant(server, 103, edits).replace(server.origin, `https://localhost:${tls.placet.port}`);
    site.page('/prefixed', html(snippet, tls.trackers));
    const page = `https://${WWW}:${tls.site.port}/prefixed`;
    await visitor.goto(page);
    await click(visitor, hook('accept-all'));
    await gone(visitor, hook('banner'));
    await expect.poll(() => value(visitor, name)).toContain('drift');
    await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
    await visitor.reload();
    await reached(visitor, hook('trigger'));
    await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(2);
    await visitor.evaluate(() => (window as any).placet.manager.reset());
    expect(await value(visitor, name)).toBe(null);
    await visitor.reload();
    await reached(visitor, hook('accept-all'));
    expect(trackers.hits().byPath['/chat.js']).toBe(2);
  });
}

test('a choice is shared by the hosts of a domain', async ({ visitor, site, server, trackers, tls }) => {
  const cookie = 'name = "euconsent"\ndays = 180\ndomain = "shop.localhost"\n';
  const edits = forHosts(tls.site.port, [WWW, 'blog.shop.localhost'], cookie);
  const snippet = applyVariant(server, 104, edits).replace(server.origin, `https://localhost:${tls.placet.port}`);
  site.page('/shared', html(snippet, tls.trackers));
  await visitor.goto(`https://${WWW}:${tls.site.port}/shared`);
  await click(visitor, hook('accept-all'));
  await gone(visitor, hook('banner'));
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
  await visitor.goto(`https://blog.shop.localhost:${tls.site.port}/shared`);
  await reached(visitor, hook('trigger'));
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(2);
  expect((await visitor.stored('euconsent'))!.domain).toMatch(/^\.?shop\.localhost$/);
});

test('a proof is sent though the page is left at once', async ({ visitor, site, server, tls }) => {
  const snippet = applyVariant(server, 105, forHosts(tls.site.port, [WWW])).replace(
    server.origin,
    `https://consent.shop.localhost:${tls.placet.port}`,
  );
  site.page('/left', html(snippet, tls.trackers));
  site.page('/elsewhere', '<!doctype html><title>Elsewhere</title><h1>Elsewhere</h1>');
  await visitor.goto(`https://${WWW}:${tls.site.port}/left`);
  await reached(visitor, hook('accept-all'));
  await visitor.evaluate(() => new Promise<void>((done) => (window as any).placet.push(['ready', () => done()])));
  const before = (await server.proofs()).length;
  await click(visitor, hook('accept-all'));
  await gone(visitor, hook('banner'));
  await visitor.goto(`https://${WWW}:${tls.site.port}/elsewhere`);
  await expect.poll(async () => (await server.proofs()).length).toBe(before + 1);
});

test('behind a proxy by HTTP/2: compressed, named, and not sent again', async ({ visitor, site, server, tls }) => {
  const snippet = applyVariant(server, 106, forHosts(tls.site.port, [WWW])).replace(
    server.origin,
    `https://consent.shop.localhost:${tls.placet.port}`,
  );
  site.page('/proxied', html(snippet, tls.trackers));
  await visitor.goto(`https://${WWW}:${tls.site.port}/proxied`);
  await reached(visitor, hook('accept-all'));
  const of = (part: string) => tls.placet.exchanges.filter(({ path }) => path.startsWith(part));
  await expect.poll(() => of('/v1/widgets/106?').length).toBeGreaterThan(0);
  for (const part of ['/sdk/placet.js', '/v1/widgets/106?']) {
    const [first] = of(part);
    expect(first, part).toMatchObject({ httpVersion: '2.0', status: 200 });
    expect(first!.received['content-encoding'], part).toBe('br');
    expect(first!.received.etag, part).toMatch(/^"[\w-]+-br"$/);
  }
  // Asked again, what has not changed is not sent again. Browsers cache nothing that comes under such a certificate.
  const [first] = of('/v1/widgets/106?');
  const session = connect(`https://localhost:${tls.placet.port}`, { rejectUnauthorized: false });
  const again = session.request({
    ':path': first!.path,
    origin: `https://${WWW}:${tls.site.port}`,
    'accept-encoding': 'br',
    'if-none-match': first!.received.etag as string,
  });
  const [answer] = await once(again, 'response');
  expect(answer).toMatchObject({ ':status': 304, etag: first!.received.etag });
  session.destroy();
});
