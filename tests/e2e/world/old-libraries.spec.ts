/**
 * Libraries that change the language's own objects, before the snippet and after it: what is kept and sent is right all
 * the same, and a visitor who comes back is served from it.
 */
import { readFileSync } from 'node:fs';
import { complaints, cookie, expect, receipt, test, ui } from '../site.ts';

const LIBRARIES: [name: string, file: string, isThere: string][] = [
  ['prototype 1.6', 'sizzle/speed/frameworks/prototype.js', 'typeof Array.prototype.toJSON == "function"'],
  ['mootools 1.2', 'sizzle/speed/frameworks/mootools.js', 'typeof JSON.encode == "function"'],
  ['dojo 1.4', 'sizzle/speed/frameworks/dojo.js', 'typeof dojo.byId == "function"'],
  ['sugar 1.4', 'sugar/release/sugar-full.development.js', 'typeof Array.prototype.sortBy == "function"'],
  ['datejs', 'datejs/lib/date.js', 'typeof Date.today == "function"'],
  ['zone.js', 'zone.js/bundles/zone.umd.js', 'Promise.name == "ZoneAwarePromise"'],
  ['bluebird as Promise', 'bluebird/js/browser/bluebird.js', 'typeof (window.Promise = P).TypeError == "function"'],
  ['core-js', 'core-js-bundle/index.js', 'typeof window["__core-js_shared__"] == "object"'],
];

for (const [name, file, isThere] of LIBRARIES) {
  for (const [when, page] of [
    ['before', (library: string, snippet: string) => library + snippet],
    ['after', (library: string, snippet: string) => snippet + library],
  ] as const) {
    test(`${name} ${when} the snippet`, async ({ page: tab, site, snippet, server, trackers }) => {
      const said = complaints(tab);
      const wrong: string[] = [];
      tab.on('pageerror', (error) => wrong.push(error.message));
      site.page('/library.js', readFileSync(`node_modules/${file}`), { 'content-type': 'text/javascript' });
      const html = page('<script src="/library.js"></script>', snippet.replace(' async', ''));
      await tab.goto(
        site.page(
          '/old',
          `<!doctype html><html lang="en"><title>An old shop</title>${html}
            <script>window.isThere = !!(${isThere});</script><h1>An old shop</h1>
            <script type="text/plain" data-consent="analytics" data-src="${trackers.origin}/analytics.js"></script>
            <script type="text/plain" data-consent="drift">window.drift = true;</script>`,
        ),
      );
      expect(await tab.evaluate('isThere')).toBe(true);
      await ui(tab).settings.click();
      await ui(tab).purpose('Analytical').check();
      await ui(tab).save.click();
      const { consentId } = await receipt(tab);
      expect(consentId).toMatch(/^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/);
      expect(await cookie(tab)).toMatchObject({ analytics: true, drift: false, session: true, youtube: false });
      await expect.poll(async () => (await server.proof(consentId)).status).toBe(200);
      const { consents } = await (await server.proof(consentId)).json();
      const decided = consents.cookieConsents.map(({ slug, consent }: any) => [slug, consent]);
      expect(Object.fromEntries(decided)).toEqual({
        ...{ session: true, youtube: false, analytics: true, drift: false, 'google-ads': false },
      });
      await expect.poll(() => trackers.hits().byPath['/analytics.js']).toBe(1);

      // A returning visitor is served from storage.
      const asked: string[] = [];
      tab.on('request', (request) => asked.push(new URL(request.url()).pathname));
      await tab.reload();
      await expect.poll(() => trackers.hits().byPath['/analytics.js']).toBe(2);
      await expect(ui(tab).trigger).toBeVisible();
      expect(asked.filter((path) => path.startsWith('/v1/') || path.endsWith('.wasm'))).toEqual([]);
      expect(await ui(tab).banner.count()).toBe(0);
      await ui(tab).trigger.click();
      await expect(ui(tab).preferences).toBeVisible();
      expect(await tab.evaluate('window.drift')).toBeUndefined();
      expect(said).toEqual([]);
      expect(wrong).toEqual([]);
    });
  }
}
