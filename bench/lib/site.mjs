/**
 * The site whose pages are measured: the same page for every adapter, with the adapter's tags in it, at `/NAME/`. Peers'
 * files come from here too, compressed as well as can be (brotli 11) and kept by the browser for good.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { extname, join, resolve, sep } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { at } from '../../scripts/lib.mjs';
import { minified } from './adapters.mjs';
import { heroPng } from './hero.mjs';
import { listen } from './listen.mjs';

/** Where the page's own picture is: it is no part of any tool. */
export const HERO = '/page/hero.png';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};
const IS_COMPRESSED = new Set(['.png', '.woff2']);

/** Serves the adapters' pages. An adapter's `tokens` are put in the place of `{{NAME}}` in its page. */
export async function startSite(adapters) {
  const answers = new Map([[HERO, answer(heroPng(), '.png')]]);
  for (const adapter of adapters) {
    const base = `/${adapter.name}/`;
    answers.set(base, answer(await page(adapter), '.html'));
    for (const [path, content] of Object.entries(adapter.built))
      answers.set(base + path, answer(content, extname(path)));
  }

  const find = async (path) => {
    if (!answers.has(path)) {
      const [, name, rest] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
      const adapter = adapters.find((adapter) => adapter.name === name);
      const file = adapter && (await fileOf(adapter, rest));
      // Compressed once, when it is first asked for: before anything is measured, at the rehearsal.
      if (file) answers.set(path, answer(file, extname(path)));
    }
    return answers.get(path);
  };

  const { origin, stop } = await listen(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://site').pathname);
    const found = await find(path);
    if (!found) {
      console.error(`\n  ! the page asked for ${path}, which is not there`);
      return response.writeHead(404, { 'content-length': 0 }).end();
    }
    if (request.headers['if-none-match'] === found.headers.etag) return response.writeHead(304, found.headers).end();
    const coding = ['br', 'gzip'].find((name) => found[name] && request.headers['accept-encoding']?.includes(name));
    const content = coding ? found[coding] : found.content;
    const more = { 'content-length': content.length, ...(coding && { 'content-encoding': coding }) };
    response.writeHead(200, { ...found.headers, ...more }).end(content);
  });
  return { address: (name) => `${origin}/${name}/`, stop };
}

/** An adapter's page: the shared parts and its own scripts and styles put in. */
async function page({ folder, tokens = {} }) {
  let html = readFileSync(join(folder, 'index.html'), 'utf8');
  for (const part of ['head', 'body']) {
    html = html.replace(`<!--#${part}-->`, () => readFileSync(at('bench', 'page', `${part}.html`), 'utf8').trim());
  }
  for (const [tag, file] of html.matchAll(/<!--#inline (\S+)-->/g)) {
    const element = file.endsWith('.css') ? 'style' : 'script';
    const code = await minified(join(folder, file));
    html = html.replace(tag, () => `<${element}>${code}</${element}>`);
  }
  for (const [name, value] of Object.entries(tokens)) html = html.replaceAll(`{{${name}}}`, () => value);
  return Buffer.from(html);
}

/** A file of a mounted package as it is, or of the adapter's own. */
async function fileOf({ folder, mounts = {} }, path) {
  const mount = Object.keys(mounts).find((name) => path.startsWith(`${name}/`));
  const base = mount ? at('bench', mounts[mount]) : folder;
  const file = resolve(base, mount ? path.slice(mount.length + 1) : path);
  if (!file.startsWith(base + sep) || !existsSync(file) || !statSync(file).isFile()) return;
  return mount ? readFileSync(file) : Buffer.from(await minified(file));
}

function answer(content, extension) {
  const headers = {
    'content-type': TYPES[extension] ?? 'application/octet-stream',
    'cache-control': extension === '.html' ? 'no-cache' : 'public, max-age=31536000, immutable',
    etag: `"${createHash('sha256').update(content).digest('base64url').slice(0, 16)}"`,
    vary: 'accept-encoding',
  };
  if (IS_COMPRESSED.has(extension)) return { content, headers };
  return { content, headers, br: brotliCompressSync(content), gzip: gzipSync(content, { level: 9 }) };
}
