/** One choice for several domains of one owner, handed over by a link between them. */
import { applyVariant, type Edits } from '../e2e/variant.ts';
import { choice, click, expect, gone, hook, reached, test, type Visitor } from './visitor.ts';

const [SHOP, OTHER] = ['www.shop.localhost', 'www.other.localhost'];

const edits = (port: number, ...more: [string, string][]): Edits => [
  ['"http://localhost:*"', `"http://localhost:*", "http://${SHOP}:${port}", "http://${OTHER}:${port}"`],
  ['[cookie]', 'hand-over = true\n\n[cookie]'],
  ...more,
];

const html = (snippet: string, trackers: { origin: string }, to: string): string =>
  `<!doctype html><html lang="en"><head><title>A shop</title>${snippet}
  <script>(window.placet = window.placet || []).push(['link']);</script></head>
  <body style="margin: 0"><a id="to" href="${to}" style="display: block; padding: 20px">To the other shop</a>
  <script type="text/plain" data-consent="drift" data-src="${trackers.origin}/chat.js"></script>
  <script type="text/plain" data-consent="youtube" data-src="${trackers.origin}/analytics.js"></script></body></html>`;

/** Comes near the link, and waits until it carries a token; answers its address then. */
async function near(visitor: Visitor): Promise<string> {
  const address = () => visitor.evaluate(() => document.querySelector<HTMLAnchorElement>('#to')!.href);
  await visitor.evaluate(() =>
    document.querySelector('#to')!.dispatchEvent(new Event('pointerover', { bubbles: true })),
  );
  await expect.poll(address).toContain('placet=');
  return address();
}

test('a link takes the choice along, once', async ({ visitor, site, server, trackers }) => {
  const snippet = applyVariant(server, 111, edits(site.port));
  const at = (host: string, path: string) => `http://${host}:${site.port}${path}`;
  site.page('/from', html(snippet, trackers, at(OTHER, '/to#part')));
  site.page('/to', html(snippet, trackers, '/to') + '<h2 id="part">A part</h2>');
  await visitor.goto(at(SHOP, '/from'));
  await click(visitor, hook('settings'));
  await reached(visitor, hook('save'));
  await click(visitor, '[data-placet-purpose="Preference"]');
  await click(visitor, hook('save'));
  await gone(visitor, hook('preferences'));
  await expect.poll(() => trackers.hits().byPath['/analytics.js']).toBe(1);
  const kept = () => visitor.evaluate(() => JSON.parse(localStorage.getItem('placet-consent-id') ?? '{}').consentId);
  await expect.poll(kept).toBeTruthy();
  const first = await kept();
  const made = await choice(visitor);

  const address = await near(visitor);
  expect(address).toMatch(/\/to#part&placet=[\da-f]{96}$/);
  await visitor.click(60, 30);
  await expect.poll(() => visitor.evaluate(() => location.href).catch(() => '')).toBe(at(OTHER, '/to#part'));
  await reached(visitor, hook('trigger'));
  await expect.poll(() => trackers.hits().byPath['/analytics.js']).toBe(2);
  expect(trackers.hits().byPath['/chat.js']).toBeUndefined();
  // The same choice, of the same time, with a proof of its own that names the first.
  expect(await choice(visitor)).toEqual(made);
  const second = await kept();
  expect(second).not.toBe(first);
  const proof: any = await (await server.proof(second)).json();
  expect(proof.previousConsentId).toBe(first);
  expect(Object.fromEntries(proof.consents.cookieConsents.map(({ slug, consent }: any) => [slug, consent]))).toEqual({
    ...{ session: true, youtube: true, analytics: false, drift: false, 'google-ads': false },
  });

  // Whoever uses the address again is asked.
  await visitor.evaluate(() => {
    localStorage.clear();
    document.cookie = 'euconsent=; Max-Age=0; Path=/';
  });
  await visitor.goto('about:blank');
  await visitor.goto(address);
  await reached(visitor, hook('accept-all'));
  await expect.poll(() => visitor.evaluate(() => location.hash)).toBe('#part');
  expect(trackers.hits().byPath['/analytics.js']).toBe(2);
});

test('of two choices the newer one counts, and nothing is handed to other sites', async ({
  visitor,
  site,
  server,
  trackers,
}) => {
  const snippet = applyVariant(server, 112, edits(site.port));
  const at = (host: string, path: string) => `http://${host}:${site.port}${path}`;
  site.page('/there', html(snippet, trackers, at(OTHER, '/back')));
  site.page('/back', html(snippet, trackers, at(SHOP, '/there')));
  const proven = () =>
    expect.poll(() => visitor.evaluate(() => localStorage.getItem('placet-consent-id'))).toContain('consentId');
  const go = async (path: string): Promise<void> => {
    await near(visitor);
    await visitor.click(60, 30);
    await expect.poll(() => visitor.evaluate(() => location.pathname).catch(() => '')).toBe(path);
    await reached(visitor, hook('trigger'));
  };
  // Cookies count seconds.
  const aSecondLater = async (): Promise<void> => {
    const { $t } = (await choice(visitor)) as { $t: number };
    await expect.poll(() => Date.now() / 1000).toBeGreaterThan($t + 1);
  };
  await visitor.goto(at(OTHER, '/back'));
  await click(visitor, hook('refuse-all'));
  await gone(visitor, hook('banner'));
  await proven();
  await aSecondLater();
  await visitor.goto(at(SHOP, '/there'));
  await click(visitor, hook('accept-all'));
  await gone(visitor, hook('banner'));
  await proven();
  await go('/back');
  await expect.poll(() => choice(visitor)).toMatchObject({ drift: true });
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(2);

  // Taken back here, it is taken back there.
  await aSecondLater();
  await visitor.evaluate(() => (window as any).placet.manager.refuseAll());
  await expect.poll(() => choice(visitor)).toMatchObject({ drift: false });
  await go('/there');
  await expect.poll(() => choice(visitor)).toMatchObject({ drift: false });

  // A site that is none of the widget's.
  await visitor.evaluate((url) => {
    document.querySelector<HTMLAnchorElement>('#to')!.href = url;
    document.querySelector('#to')!.dispatchEvent(new Event('pointerover', { bubbles: true }));
  }, `http://www.elsewhere.localhost:${site.port}/`);
  await visitor.evaluate(() => new Promise<void>((done) => requestAnimationFrame(() => done())));
  expect(await visitor.evaluate(() => document.querySelector<HTMLAnchorElement>('#to')!.href)).not.toContain('placet=');
});
