/**
 * The tools under comparison: each a folder in `bench/adapters`, with a page that uses the tool as its own manual says,
 * and `adapter.json`:
 *
 * | key                   |                                                                                        |
 * | --------------------- | -------------------------------------------------------------------------------------- |
 * | `label`               | its name in the tables                                                                 |
 * | `packages`            | the npm packages whose versions are told                                               |
 * | `mounts`              | `{ "lib": "node_modules/x/dist" }`: the folder (below `bench/`) that `lib/…` stands for |
 * | `build`               | a module to bundle; the page finds it at `built/main.js`, its styles at `built/main.css` |
 * | `banner`, `accept`    | selectors; ` >>> ` enters an open shadow root                                          |
 * | `settings`            | `open` and `dialog`, selectors; left out if the tool has no settings                    |
 * | `offers`              | what it does, in words                                                                 |
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { at, Halt } from '../../scripts/lib.mjs';

const FOLDER = at('bench', 'adapters');

/** The page without a consent tool, which every other one is measured against. */
export const CONTROL = 'control';

/** Every adapter's name. */
export const adapterNames = () => readdirSync(FOLDER).filter((name) => existsSync(join(FOLDER, name, 'adapter.json')));

/** Reads the adapters of these names, the control before them, and bundles what has to be. `tokens`: for their pages. */
export async function loadAdapters(names = adapterNames(), tokens = {}) {
  const all = [CONTROL, ...names.filter((name) => name !== CONTROL)];
  return Promise.all(all.map(async (name) => ({ ...(await loadAdapter(name)), tokens })));
}

async function loadAdapter(name) {
  const folder = join(FOLDER, name);
  if (!existsSync(join(folder, 'adapter.json'))) {
    throw new Halt(`there is no adapter "${name}"; there are ${adapterNames().join(', ')}`);
  }
  const adapter = JSON.parse(readFileSync(join(folder, 'adapter.json'), 'utf8'));
  return {
    ...adapter,
    name,
    folder,
    versions: (adapter.packages ?? []).map((name) => `${name} ${version(name)}`),
    built: adapter.build ? await bundle(join(folder, adapter.build)) : {},
  };
}

const version = (name) => JSON.parse(readFileSync(at('bench', 'node_modules', name, 'package.json'), 'utf8')).version;

/** Bundles a module as a site would for its visitors; answers with each file by its path on the page. */
async function bundle(entry) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: { main: entry },
    outdir: join(dirname(entry), 'built'),
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    splitting: true,
    target: 'es2022',
    jsx: 'automatic',
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const path = (file) => file.slice(dirname(entry).length + 1).replaceAll('\\', '/');
  return Object.fromEntries(outputFiles.map((file) => [path(file.path), Buffer.from(file.contents)]));
}

/** A script or style sheet of an adapter's own as a site would serve it: minified. */
export async function minified(file) {
  const { transform } = await import('esbuild');
  const isScript = file.endsWith('.js');
  const { code } = await transform(readFileSync(file, 'utf8'), {
    minify: true,
    loader: isScript ? 'js' : 'css',
    legalComments: 'none',
  });
  return code.trim();
}
