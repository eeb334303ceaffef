/**
 * A server that takes requests and does not answer: nothing waits for it for ever. A refusal holds at once; whatever else
 * was asked for ends with one sentence, and the page is unharmed.
 */
import { createServer, request as ask, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { complaints, cookie, expect, receipt, test, ui } from './site.ts';

/** How a server fails to answer. */
const WAYS = {
  'nothing at all': () => {},
  'headers and no body': (response: ServerResponse) => void response.writeHead(200, HEADERS).flushHeaders(),
  'one byte now and then': (response: ServerResponse) => {
    response.writeHead(200, HEADERS);
    const drip = setInterval(() => response.write(' '), 300);
    response.on('close', () => clearInterval(drip));
  },
};

const HEADERS = { 'access-control-allow-origin': '*', 'content-type': 'application/json', 'timing-allow-origin': '*' };

/** Longer than anything is waited for. */
const SLOW = { timeout: 40_000 };

/** Stands between the pages and the server, and leaves the requests unanswered that it is to hold. */
class Hanging {
  readonly #server: Server;
  /** What is held, and how. */
  hold: (path: string) => keyof typeof WAYS | undefined = () => undefined;
  /** What was held. */
  readonly held: string[] = [];

  constructor(target: string) {
    this.#server = createServer((request, response) => {
      const { method, url = '/', headers } = request;
      const way = method === 'OPTIONS' ? undefined : this.hold(url);
      if (way) {
        this.held.push(url);
        return WAYS[way](response);
      }
      const passed = ask(new URL(url, target), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      passed.on('error', () => response.destroy());
      request.pipe(passed);
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  get snippet(): string {
    return `<script async src="${this.origin}/sdk/placet.js?key=pk_demo&widget=43"></script>`;
  }
}

const hanging = test.extend<{ way: Hanging }>({
  way: async ({ server }, use) => {
    const way = new Hanging(server.origin);
    await way.start();
    await use(way);
    await way.stop();
  },
});

const marked = (snippet: string, trackers: string) => `<!doctype html><html lang="en"><title>A page</title>
  ${snippet}
  <h1>A page</h1>
  <script type="text/plain" data-consent="drift" data-src="${trackers}/chat.js"></script>`;

/** What is asked for, by its path. */
const PATHS: Record<string, RegExp> = {
  'the configuration': /\/v1\/widgets\/43\?/,
  "the core's module and all parts": /\/sdk\/placet-\w+\.js/,
  'the WebAssembly': /\.wasm/,
  'the proof': /\/consents\?/,
  everything: /\/v1\/|\/sdk\/placet-/,
};

const isBusy = (page: Page) => page.locator('#placet [aria-busy=true]');

for (const [what, path] of Object.entries(PATHS)) {
  for (const how of Object.keys(WAYS) as (keyof typeof WAYS)[]) {
    hanging(`${what}, ${how}: a refusal holds at once, and on the next page`, async ({ page, site, way, trackers }) => {
      way.hold = (url) => (path.test(url) ? how : undefined);
      const address = site.page('/hanging', marked(way.snippet, trackers.origin));
      await page.goto(address);
      await ui(page).refuseAll.click();
      await expect(ui(page).banner).toHaveCount(0);
      expect(await cookie(page)).toMatchObject({
        session: true,
        youtube: false,
        analytics: false,
        drift: false,
        'google-ads': false,
      });

      // The proof follows when the server answers again.
      way.hold = () => undefined;
      await page.goto(address);
      await expect.poll(async () => (await cookie(page))?.$p, SLOW).toBeUndefined();
      await receipt(page);
      await expect(ui(page).banner).toHaveCount(0);
      expect(trackers.hits().total).toBe(0);
    });
  }
}

for (const what of ['the configuration', "the core's module and all parts", 'the WebAssembly', 'everything']) {
  hanging(`${what}: accepting ends with one sentence, and grants nothing`, async ({ page, site, way, trackers }) => {
    hanging.setTimeout(90_000);
    const errors = complaints(page);
    const answers = /\/answers\?/;
    way.hold = (url) => (PATHS[what]!.test(url) || answers.test(url) ? 'nothing at all' : undefined);
    await page.goto(site.page('/hanging', marked(way.snippet, trackers.origin)));
    await ui(page).acceptAll.click();
    await expect(isBusy(page)).toHaveCount(1);
    await expect(isBusy(page)).toHaveCount(0, SLOW);
    expect(errors.length).toBeGreaterThan(0);
    expect(new Set(errors).size).toBe(errors.length);
    expect(await cookie(page)).toBeUndefined();
    expect(trackers.hits().total).toBe(0);
    expect(await page.locator('h1').isVisible()).toBe(true);
  });
}

hanging('a proof that is not answered waits, and the choice holds', async ({ page, site, way, trackers }) => {
  hanging.setTimeout(90_000);
  const errors = complaints(page);
  way.hold = (url) => (/\/consents\?/.test(url) ? 'headers and no body' : undefined);
  await page.goto(site.page('/hanging', marked(way.snippet, trackers.origin)));
  await ui(page).acceptAll.click();
  await expect.poll(() => trackers.hits().byPath['/chat.js'], SLOW).toBe(1);
  await expect.poll(() => errors, SLOW).toHaveLength(1);
  expect(errors[0]).toMatch(/the proof could not be sent and waits in this browser/);
  way.hold = () => undefined;
  await page.reload();
  await receipt(page);
});

hanging(
  'what removes cookies does not come: the page gets the event, and reloads',
  async ({ page, site, way, trackers }) => {
    hanging.setTimeout(90_000);
    await page.goto(site.page('/hanging', marked(way.snippet, trackers.origin)));
    await ui(page).acceptAll.click();
    await receipt(page);
    await page.reload();
    await expect(ui(page).trigger).toBeVisible();
    const errors = complaints(page);
    way.hold = (url) => (/\/sdk\/placet-/.test(url) ? 'nothing at all' : undefined);
    await page.evaluate(() => void (window.placet as any).manager.refuseAll());
    await expect.poll(() => cookie(page)).toMatchObject({ drift: false });
    expect(await page.evaluate(() => (window.placet as any).manager.getServiceConsent('drift'))).toBe(false);
    await expect.poll(() => errors.length, SLOW).toBeGreaterThan(0);
  },
);
