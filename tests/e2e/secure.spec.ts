/** Pages over https: cookies that browsers take only with `Secure`, the choice's own and those of services. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, receipt, test as base, ui } from './site.ts';
import { applyVariant, type Edits } from './variant.ts';
import { article } from './vendor.ts';

base.use({ ignoreHTTPSErrors: true });

/** A site over https, with one page. */
class SecureSite {
  html = '';
  readonly #folder = mkdtempSync(join(tmpdir(), 'placet-tls-'));
  readonly #server: Server;

  constructor() {
    const [key, cert] = [join(this.#folder, 'key.pem'), join(this.#folder, 'cert.pem')];
    const request = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ];
    const out = ['-subj', '/CN=localhost', '-keyout', key, '-out', cert];
    execFileSync('openssl', [...request, ...out], { stdio: 'ignore' });
    this.#server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(this.html);
    });
  }

  get origin(): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const test = base.extend<{ secure: SecureSite }>({
  secure: async ({}, use) => {
    const site = new SecureSite();
    await site.start();
    await use(site);
    await site.stop();
  },
});

const named = (name: string, origin: string): Edits => [
  ['origins = ["http://localhost:*", "http://127.0.0.1:8787"]', `origins = ["${origin}"]`],
  ['name = "euconsent"\ndays', `name = "${name}"\ndays`],
  ['{ name = "drift_aid", days = 730 }', '{ name = "__Host-drift", days = 1 }, { name = "__Secure-drift*", days = 1 }'],
];

/** The names of the browser's cookies. */
const names = async (page: Page) => (await page.context().cookies()).map(({ name }) => name).sort();

for (const [index, name] of ['__Host-consent', '__Secure-consent', 'plain'].entries()) {
  test(`a cookie named ${name} is set, and removed when the choice is forgotten`, async ({ page, server, secure }) => {
    secure.html = article(applyVariant(server, 81 + index, named(name, secure.origin)), '');
    await page.goto(secure.origin);
    await ui(page).acceptAll.click();
    await receipt(page);
    await expect.poll(() => names(page)).toContain(name);
    await page.evaluate(() => {
      document.cookie = '__Host-drift=1; Path=/; Secure';
      document.cookie = '__Secure-drift1=1; Secure';
      document.cookie = '__Secure-drift2=1; Secure; SameSite=None; Partitioned';
    });
    await expect.poll(() => names(page)).toHaveLength(4);

    await page.evaluate(() => window.placet?.push((manager) => manager.reset()));
    await expect(ui(page).banner).toBeVisible();
    await expect.poll(() => names(page)).toEqual([]);
    await page.reload();
    await expect(ui(page).banner).toBeVisible();

    // A refusal needs neither the core nor the server.
    await page.route(/\/sdk\/placet-|\/v1\//, (route) => route.abort());
    await ui(page).refuseAll.click();
    await expect.poll(() => names(page)).toEqual([name]);
  });
}
