/** What stands between visitors and the server may keep `placet.js` and send it to others: nobody gets another's. */
import type { Browser, Page } from '@playwright/test';
import { SharedCache } from './cache.ts';
import { complaints, expect, type Site, test, ui } from './site.ts';
import { applyVariant, speaking } from './variant.ts';

// A visitor has a browser of their own, and each case several visitors.
test.describe.configure({ timeout: 120_000 });

/** A page that leaves the language to the visitor's browser. */
const html = (snippet: string) => `<!doctype html><title>A page</title>${snippet}<h1>A page</h1>`;

/** The address of a page on a host that no widget allows. */
const foreign = (address: string) => address.replace('localhost', 'shop.test');

/** Visits a page in a browser of its own; `look` is also given what the console says, from the first moment on. */
async function visit(
  browser: Browser,
  locale: string,
  address: string,
  look: (page: Page, said: string[]) => Promise<void>,
) {
  const context = await browser.newContext({ locale });
  try {
    const page = await context.newPage();
    const said = complaints(page);
    await page.goto(address);
    await look(page, said);
  } finally {
    await context.close();
  }
}

const shows = (text: string) => async (page: Page) => {
  await expect(ui(page).acceptAll).toHaveText(text);
  await expect.poll(() => page.evaluate(() => !!window.placet?.push && 'manager' in window.placet)).toBe(true);
};

/** Never shows a banner, from the first moment to the sentence that says why. */
const refuses = async (page: Page) => {
  const said = complaints(page);
  await page.addInitScript(() => {
    const seen: string[] = ((window as any).seen = []);
    new MutationObserver(() => document.querySelector('#placet') && seen.push('host')).observe(document, {
      childList: true,
      subtree: true,
    });
  });
  await page.reload();
  await expect.poll(() => said.join()).toContain('may not be shown on http://shop.test');
  expect(await page.evaluate(() => (window as any).seen)).toEqual([]);
};

for (const respectsVary of [true, false]) {
  test.describe(`through a cache that ${respectsVary ? 'respects' : 'ignores'} Vary`, () => {
    const through = async (
      server: { origin: string },
      run: (snippet: string, cache: SharedCache) => Promise<void>,
    ): Promise<void> => {
      const cache = new SharedCache(() => server.origin, { respectsVary });
      await cache.start();
      try {
        await run(`<script async src="${cache.origin}/sdk/placet.js?key=pk_demo&widget=43"></script>`, cache);
      } finally {
        await cache.stop();
      }
    };

    test('each visitor is asked in their own language', async ({ browser, server, site }) => {
      await through(server, async (snippet, cache) => {
        const address = site.page('/languages', html(snippet));
        await visit(browser, 'fr-FR', address, shows('Tout accepter'));
        await visit(browser, 'en-GB', address, shows('Accept all'));
        await visit(browser, 'nl-BE', address, shows('Alles accepteren'));
        await visit(browser, 'de-DE', address, shows('Accept all'));
        expect(cache.misses.filter((url) => url.startsWith('/sdk/placet.js'))).toHaveLength(1);
      });
    });

    test('a banner is shown on the allowed site alone, regardless of who came first', async ({
      browser,
      server,
      site,
    }) => {
      for (const [path, order] of [
        ['/foreign-first', ['foreign', 'own', 'foreign']],
        ['/own-first', ['own', 'foreign', 'own']],
      ] as const) {
        await through(server, async (snippet) => {
          const address = site.page(path, html(snippet));
          for (const who of order) {
            if (who === 'own') await visit(browser, 'en-GB', address, shows('Accept all'));
            else await visit(browser, 'en-GB', foreign(address), refuses);
          }
        });
      }
    });

    test('a widget that is published after its snippet was pasted shows at once', async ({ browser, server, site }) => {
      const id = respectsVary ? 63 : 64;
      await through(server, async (snippet, cache) => {
        const address = site.page(`/early-${id}`, html(snippet.replace('widget=43', `widget=${id}`)));
        await visit(browser, 'en-GB', address, async (page, said) => {
          await expect.poll(() => said.join()).toContain(`has no widget \`${id}\``);
          await expect(ui(page).banner).toHaveCount(0);
        });
        applyVariant(server, id, []);
        await visit(browser, 'en-GB', address, shows('Accept all'));
        expect(cache.misses.filter((url) => url.startsWith('/sdk/placet.js'))).toHaveLength(2);
      });
    });
  });
}

test('varieties of a language are told apart', async ({ browser, server, site }) => {
  const snippet = applyVariant(server, 65, speaking('pt-PT', 'pt-BR'));
  const address = site.page('/varieties', html(snippet));
  for (const [locale, lang] of [
    ['pt-BR', 'pt-BR'],
    ['pt-PT', 'pt-PT'],
    ['fr-CA', 'fr'],
  ] as const) {
    await visit(browser, locale, address, async (page) => {
      await expect(ui(page).banner).toHaveAttribute('lang', lang);
    });
  }
});

async function heads(site: Site, address: string, headers: Record<string, string>): Promise<Headers> {
  const answer = await fetch(address, { headers });
  expect(answer.status, `${site.port} ${address}`).toBe(200);
  return answer.headers;
}

test('the gate is the same for every visitor, and its headers say so', async ({ server, site }) => {
  const address = `${server.origin}/sdk/placet.js?key=pk_demo&widget=43`;
  const visitors = [
    {},
    { 'accept-language': 'fr' },
    { origin: 'http://shop.test' },
    { referer: 'http://localhost:4000/page', 'accept-language': 'nl' },
  ];
  const tags = new Set<string | null>();
  for (const visitor of visitors) {
    const answered = await heads(site, address, visitor as Record<string, string>);
    expect(answered.get('vary')).toBe('Accept-Encoding');
    expect(answered.get('cache-control')).toBe('public, max-age=86400');
    tags.add(answered.get('etag'));
  }
  expect(tags.size).toBe(1);
  const known = await fetch(address, { headers: { 'if-none-match': [...tags][0] as string } });
  expect([known.status, known.headers.get('vary'), known.headers.get('cache-control')]).toEqual([
    304,
    'Accept-Encoding',
    'public, max-age=86400',
  ]);
});

test('a gate for what is not published is not kept', async ({ server, site }) => {
  for (const query of [
    'key=pk_nobody&widget=43',
    'key=pk_demo&widget=987',
    'key=pk_demo',
    'widget=43',
    'key=&widget=43',
  ]) {
    for (const more of ['', '&autoblock=1', '&lang=fr']) {
      const answered = await heads(site, `${server.origin}/sdk/placet.js?${query}${more}`, {});
      expect(answered.get('cache-control'), query + more).toBe('no-store');
    }
  }
});
