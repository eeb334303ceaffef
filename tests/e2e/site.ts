/**
 * What each test has: a real server with a real database file, the tracker host, and a site of its own whose pages the
 * test writes. A worker starts them once, on free loopback ports, and stops them.
 */
import { test as base, expect, type Page } from '@playwright/test';
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyWidget, startServer } from '../../scripts/server.mjs';
import { startTrackers } from '../../www/demo/trackers.mjs';

export { expect };

export const ADMIN_TOKEN = 'a-token-for-tests-only-0123456789';

type Trackers = Awaited<ReturnType<typeof startTrackers>>;

/** A running server on a database of its own. */
export class PlacetServer {
  #running: Awaited<ReturnType<typeof startServer>> | undefined;
  readonly folder = mkdtempSync(join(tmpdir(), 'placet-e2e-'));
  #listen = '127.0.0.1:0';

  get settings(): Record<string, string> {
    return {
      PLACET_LISTEN: this.#listen,
      PLACET_DATABASE_URL: `sqlite://${join(this.folder, 'placet.db')}`,
      PLACET_ADMIN_TOKEN: ADMIN_TOKEN,
      PLACET_ADMIN_WORKSPACE: '19',
      PLACET_SITE: 'www/demo',
      PLACET_LOG: 'warn',
      ...this.#more,
    };
  }

  /** What the server is told besides. */
  readonly #more: Record<string, string>;

  constructor(more: Record<string, string> = {}) {
    this.#more = more;
  }

  /** Its address as a visitor of an allowed origin has it: the demo widget allows any port of `localhost`. */
  get origin(): string {
    if (!this.#running) throw new Error('the server does not run');
    return this.#running.origin.replace('127.0.0.1', 'localhost');
  }

  async start(): Promise<void> {
    applyWidget('widgets/demo.toml', this.settings);
    this.#running = await startServer(this.settings, { quiet: true });
    // Started again, it comes back where it was.
    this.#listen = new URL(this.#running.origin).host;
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The proof with this identifier, as an administrator is given it. */
  async proof(consentId: string): Promise<Response> {
    return this.#asked(`/consents/${consentId}`);
  }

  /** Erases a proof, as an administrator does. */
  async erase(consentId: string): Promise<Response> {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    return fetch(`${this.origin}/v1/consents/${consentId}`, { method: 'DELETE', headers });
  }

  /** All proofs, the oldest first. */
  async proofs(): Promise<{ consentId: string }[]> {
    return (await (await this.#asked('/consents')).json()).consents;
  }

  /** What the demo widget's visitors did, counted. */
  async counted(): Promise<Record<'shown' | 'acceptedAll' | 'refusedAll' | 'partial', number>> {
    return (await (await this.#asked('/widgets/43/statistics')).json()).total;
  }

  #asked(what: string): Promise<Response> {
    return fetch(`${this.origin}/v1${what}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  }
}

/** Pages that a test writes, on an origin of their own. */
export class Site {
  readonly #pages = new Map<string, { html: string | Buffer; headers: Record<string, string> }>();
  readonly #server: Server = createServer((request, response) => {
    const page = this.#pages.get(new URL(request.url ?? '/', 'http://site').pathname);
    response.writeHead(page ? 200 : 404, { 'content-type': 'text/html; charset=utf-8', ...page?.headers });
    response.end(page?.html);
  });

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async start(): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  /** Puts a page on the site; returns its address on an allowed host. */
  page(path: string, html: string | Buffer, headers: Record<string, string> = {}): string {
    this.#pages.set(path, { html, headers });
    return `http://localhost:${this.port}${path}`;
  }
}

interface Worker {
  world: { server: PlacetServer; trackers: Trackers; site: Site };
}

interface Each {
  server: PlacetServer;
  trackers: Trackers;
  site: Site;
  /** The demo shop's address, with this worker's trackers. */
  shop: string;
  /** The one line to paste. */
  snippet: string;
}

export const test = base.extend<Each, Worker>({
  world: [
    async ({}, use) => {
      const server = new PlacetServer();
      const site = new Site();
      const trackers = await startTrackers({ port: 0 });
      await Promise.all([server.start(), site.start()]);
      await use({ server, trackers, site });
      await Promise.all([server.remove(), trackers.close(), site.stop()]);
    },
    { scope: 'worker' },
  ],
  server: async ({ world }, use) => use(world.server),
  site: async ({ world }, use) => use(world.site),
  trackers: async ({ world }, use) => {
    world.trackers.clear();
    await use(world.trackers);
  },
  shop: async ({ world, trackers }, use) => use(`${world.server.origin}/demo/?trackers=${trackers.origin}`),
  snippet: async ({ world }, use) =>
    use(`<script async src="${world.server.origin}/sdk/placet.js?key=pk_demo&widget=43"></script>`),
});

/** The parts of what Placet shows. */
export const ui = (page: Page) => {
  const hook = (name: string) => page.locator(`#placet [data-placet="${name}"]`);
  return {
    banner: hook('banner'),
    acceptAll: hook('accept-all'),
    refuseAll: hook('refuse-all'),
    settings: hook('settings'),
    preferences: hook('preferences'),
    trigger: hook('trigger'),
    continueWithout: hook('continue'),
    copy: hook('copy'),
    save: hook('save'),
    close: hook('close'),
    purpose: (label: string) => page.locator(`#placet [data-placet-purpose="${label}"]`),
    service: (slug: string) => page.locator(`#placet [data-placet-service="${slug}"]`),
  };
};

/** Waits until an answer can be kept without the server. */
export async function coreIsThere(page: Page): Promise<void> {
  const loaded = () =>
    page.evaluate(() => performance.getEntriesByType('resource').some((entry) => entry.name.endsWith('.wasm')));
  await expect.poll(loaded).toBe(true);
  // Opened and closed, the settings have shown that it runs.
  await ui(page).settings.click();
  await ui(page).close.click();
  await expect(ui(page).preferences).toHaveCount(0);
}

/** What Placet says in the console, from now on. */
export function complaints(page: Page): string[] {
  const heard: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && message.text().startsWith('Placet:')) heard.push(message.text());
  });
  return heard;
}

/** Runs in the page before anything else: keeps each of Placet's events in `window.heard`. */
export async function listen(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const heard: string[] = ((window as unknown as { heard: string[] }).heard = []);
    const dispatch = window.dispatchEvent.bind(window);
    window.dispatchEvent = (event) => {
      if (event.type.startsWith('placet:')) heard.push(event.type);
      return dispatch(event);
    };
  });
}

export const heard = (page: Page): Promise<string[]> =>
  page.evaluate(() => (window as unknown as { heard: string[] }).heard);

/** The `euconsent` cookie's answers, or undefined. */
export async function cookie(page: Page): Promise<Record<string, unknown> | undefined> {
  const cookies = await page.context().cookies();
  const found = cookies.find(({ name }) => name === 'euconsent');
  return found && JSON.parse(decodeURIComponent(found.value));
}

/** The receipt in localStorage, once it is there. */
export async function receipt(page: Page): Promise<{ consentId: string; expiresAt: string }> {
  const read = () => page.evaluate(() => localStorage.getItem('placet-consent-id'));
  await expect.poll(read).toContain('"consentId"');
  return JSON.parse((await read()) as string);
}
