/**
 * A site that uses the npm module as its users do: packed, installed from the tarball, bundled, and served beside a real
 * server. A worker makes it once.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { PACKAGE } from '../../scripts/package.mjs';
import { test as base } from '../e2e/site.ts';

export { expect } from '../e2e/site.ts';

/** What was made of the module. */
export interface Consumer {
  /** A folder in which it is installed. */
  readonly folder: string;
  /**
   * Puts a page on the site; `script` is a module in it that finds all that the package exports in `placet`. Its address
   * answers.
   */
  page(path: string, script: string, html?: string): string;
}

interface Installed {
  readonly folder: string;
  /** What the bundler has made. */
  readonly files: Map<string, Buffer>;
}

export const test = base.extend<{ consumer: Consumer }, { installed: Installed }>({
  installed: [
    async ({ world }, use) => {
      const folder = join(world.server.folder, 'consumer');
      install(folder);
      await bundle(folder);
      const out = join(folder, 'dist');
      const files = new Map(readdirSync(out).map((name) => [name, readFileSync(join(out, name))]));
      await use({ folder, files });
      rmSync(folder, { recursive: true, force: true });
    },
    { scope: 'worker' },
  ],
  consumer: async ({ installed, site }, use) => {
    for (const [name, content] of installed.files) site.page(`/app/${name}`, content, typeOf(name));
    const page: Consumer['page'] = (path, script, html = '') => {
      const module = `<script type="module">import * as placet from '/app/app.js';\n${script}</script>`;
      return site.page(path, `<!doctype html><html lang="en"><title>A page</title>${module}${html}<h1>A page</h1>`);
    };
    await use({ folder: installed.folder, page });
  },
});

const typeOf = (name: string) => ({
  'content-type': name.endsWith('.wasm') ? 'application/wasm' : 'text/javascript; charset=utf-8',
});

/** Installs what would be published, and nothing from anywhere else. */
function install(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  const npm = (...args: string[]) => execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  const [packed] = JSON.parse(npm('pack', PACKAGE, '--json', '--pack-destination', folder));
  npm('install', '--offline', '--no-audit', '--no-fund', join(folder, packed.filename));
}

/** Bundles a site with esbuild, with no configuration but that it makes modules. */
async function bundle(folder: string): Promise<void> {
  writeFileSync(
    join(folder, 'app.js'),
    "export * from 'placet';\nexport * from 'placet/autoblock';\nexport * from 'placet/element';\n",
  );
  await build({
    absWorkingDir: folder,
    entryPoints: ['app.js'],
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    logLevel: 'error',
  });
}
