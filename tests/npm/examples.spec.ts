/** The examples, each a consumer of the package with a framework of its own: they ask, open their gate, and ask no more. */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Page } from '@playwright/test';
import { exampleEnv, installConsumer } from '../../scripts/examples.mjs';
import { cookie, expect, receipt, type Site, test, ui } from '../e2e/site.ts';

// Packages are installed and sites are built here.
test.setTimeout(300_000);

/** The film that the examples show once YouTube is allowed. */
const FILM = 'https://www.youtube-nocookie.com/embed/aqz-KE-bpKQ';

const TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
};

/** Builds a consumer with its own program; answers with its folder. */
async function build(path: string, more: Record<string, string> = {}): Promise<string> {
  const cwd = await installConsumer(path);
  execFileSync('npm', ['run', 'build'], { cwd, env: exampleEnv(more), stdio: 'pipe' });
  return cwd;
}

/** Puts what was built on the site; answers with its page's address. The page shows `film`. */
function publish(site: Site, folder: string, film: string): string {
  const dist = join(folder, 'dist');
  for (const file of readdirSync(dist, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())) {
    const path = join(file.parentPath, file.name);
    const type = TYPES[extname(path)] ?? 'application/octet-stream';
    const content = readFileSync(path);
    const shown = type.startsWith('text/') ? `${content}`.replace(FILM, film) : content;
    site.page(path.slice(dist.length), shown, { 'content-type': type });
  }
  return site.page('/', `${readFileSync(join(dist, 'index.html'))}`.replace(FILM, film));
}

/** Starts an example's own server; answers with its address, once it says it, and with what stops it. */
async function serve(cwd: string, program: string, args: string[], more: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(cwd, 'node_modules', program), ...args], { cwd, env: exampleEnv(more) });
  const ended = new Promise((done) => child.once('exit', done));
  let said = '';
  const origin = await new Promise<string>((done, fail) => {
    void ended.then(() => fail(Error(`${program} has stopped:\n${said}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        const found = /http:\/\/localhost:\d+/.exec(said)?.[0];
        if (found) done(found);
      });
    }
  });
  return {
    origin,
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}

/** What a page complains of, a mismatch in hydration among it, and the proofs that left it. */
function watch(page: Page) {
  const complaints: string[] = [];
  const proofs: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // No example has an icon, and esbuild leaves the WebAssembly behind: then it comes inside a module.
    const isMissed = /\/(favicon\.ico|placet_bg\.wasm)$/.test(message.location().url);
    if (['error', 'warning'].includes(message.type()) && !isMissed) complaints.push(message.text());
    if (message.text().startsWith('Proof ')) proofs.push(message.text());
  });
  page.on('request', (request) => {
    if (request.method() === 'POST' && new URL(request.url()).pathname.endsWith('/consents'))
      proofs.push(request.url());
  });
  return { complaints, proofs };
}

/** Visits an example: asked, accepting, again, and taking it back. `shown` counts how often the film was fetched. */
async function visit(page: Page, url: string, shown: () => number): Promise<void> {
  const { complaints, proofs } = watch(page);
  const fallback = page.getByText('The film is shown once you have allowed YouTube.');
  const status = page.getByRole('status');

  await page.goto(url);
  await expect(ui(page).banner).toBeVisible({ timeout: 60_000 });
  await expect(ui(page).banner).toHaveCount(1);
  await expect(fallback).toBeVisible();
  await expect(status).toHaveText('You have not chosen; analytics may not run.');
  expect(shown(), 'nothing is fetched before').toBe(0);

  await ui(page).acceptAll.click();
  await expect.poll(shown).toBe(1);
  await expect(fallback).toBeHidden();
  await expect(status).toHaveText('You have chosen; analytics may run.');
  await receipt(page);
  expect(proofs).toHaveLength(1);

  await page.reload();
  await expect.poll(shown).toBe(2);
  await expect(ui(page).trigger).toBeVisible();
  await expect(status).toHaveText('You have chosen; analytics may run.');
  await expect(ui(page).banner).toHaveCount(0);
  expect(proofs).toHaveLength(1);

  await page.getByRole('button', { name: 'Cookie settings' }).click();
  await page.locator('#placet [data-placet="refuse-all-preferences"]').click();
  await expect.poll(() => cookie(page)).toMatchObject({ youtube: false });
  await expect(fallback).toBeVisible();
  await expect(page.locator('iframe')).toHaveCount(0);
  await expect(status).toHaveText('You have chosen; analytics may not run.');
  await expect.poll(() => proofs.length).toBe(2);
  expect(shown()).toBe(2);
  expect(complaints).toEqual([]);
}

/** What a script prints that runs in Node, beside an example's packages. */
function inNode(cwd: string, script: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd, encoding: 'utf8' }).trim();
}

test.describe('an example', () => {
  /** The film of this test on the second server, and how often it was fetched. */
  const film = (trackers: { serve(path: string, type: string, body: string): string; hits(): any }) => ({
    film: trackers.serve('/film', 'text/html', '<!doctype html><title>A film</title>'),
    shown: (): number => trackers.hits().byPath['/film'] ?? 0,
  });

  test.describe('in React', () => {
    // What it depends on is installed once.
    test.describe.configure({ mode: 'default' });

    test('built by Vite', async ({ page, site, server, trackers }) => {
      const { film: VITE_VIDEO, shown } = film(trackers);
      const folder = await build('examples/react', { VITE_PLACET_SERVER: server.origin, VITE_VIDEO });
      execFileSync('node_modules/.bin/tsc', ['--project', folder], { stdio: 'pipe' });
      await visit(page, publish(site, folder, VITE_VIDEO), shown);
    });

    test('on the server that Vite develops with, mounted twice by strict mode', async ({ page, server, trackers }) => {
      const { film: VITE_VIDEO, shown } = film(trackers);
      const folder = await installConsumer('examples/react');
      const more = { VITE_PLACET_SERVER: server.origin, VITE_VIDEO };
      await using vite = await serve(folder, 'vite/bin/vite.js', ['--host', 'localhost'], more);
      await visit(page, vite.origin, shown);
    });
  });

  test('in Vue, built by Vite; on a server it starts nothing, and nothing is granted', async ({
    page,
    site,
    trackers,
  }) => {
    const { film: VITE_VIDEO, shown } = film(trackers);
    const folder = await build('examples/vue', { VITE_VIDEO });
    const script = `
      import { createConsent } from 'placet/vue';
      import { createSSRApp, h } from 'vue';
      import { renderToString } from 'vue/server-renderer';
      const consent = createConsent(() => { throw Error('started'); });
      const slots = { default: () => h('i', 'film'), fallback: () => h('b', 'not yet') };
      const app = createSSRApp({ render: () => h(consent.ConsentGate, { service: 'youtube' }, slots) }).use(consent);
      console.log(await renderToString(app));`;
    expect(inNode(folder, script)).toBe('<!--[--><b>not yet</b><!--]-->');
    await visit(page, publish(site, folder, VITE_VIDEO), shown);
  });

  test('in Svelte, built by Vite; on a server it starts nothing, and nothing is granted', async ({
    page,
    site,
    trackers,
  }) => {
    const { film: VITE_VIDEO, shown } = film(trackers);
    const folder = await build('examples/svelte', { VITE_VIDEO });
    const script = `
      import { createConsent } from 'placet/svelte';
      import { get } from 'svelte/store';
      const { decided, services } = get(createConsent(() => { throw Error('started'); }));
      console.log(JSON.stringify({ decided, services }));`;
    expect(inNode(folder, script)).toBe('{"decided":false,"services":{}}');
    await visit(page, publish(site, folder, VITE_VIDEO), shown);
  });

  test('in Next.js, rendered on its server', async ({ page, server, trackers }) => {
    const { film: NEXT_PUBLIC_VIDEO, shown } = film(trackers);
    const folder = await build('examples/next', { NEXT_PUBLIC_PLACET_SERVER: server.origin, NEXT_PUBLIC_VIDEO });
    await using next = await serve(folder, 'next/dist/bin/next', ['start', '--hostname', 'localhost', '--port', '0']);
    const html = await (await fetch(next.origin)).text();
    expect(html).toContain('<p>The film is shown once you have allowed YouTube.</p>');
    expect(html).not.toContain('<iframe');
    await visit(page, next.origin, shown);
  });

  test('in a plain page with a web component, bundled by esbuild', async ({ page, site, trackers }) => {
    const { film: address, shown } = film(trackers);
    await visit(page, publish(site, await build('examples/plain'), address), shown);
  });

  test('in a plain page, bundled by Rollup', async ({ page, site, trackers }) => {
    const { film: address, shown } = film(trackers);
    await visit(page, publish(site, await build('tests/npm/rollup'), address), shown);
  });

  test('in a plain page, bundled by webpack', async ({ page, site, trackers }) => {
    const { film: address, shown } = film(trackers);
    await visit(page, publish(site, await build('tests/npm/webpack'), address), shown);
  });
});
