/**
 * Builds the npm module into `npm/dist/`, a package that is ready to be published: the entries that `npm/package.json`
 * names, split so that a site's bundler loads each part when it is needed, their declarations, and the WebAssembly.
 *
 * It is made of the same sources as the snippet. Where it goes its own way a module in `npm/instead/` stands in for the one
 * of the same path in `www/`.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildCore, glue, shortCore, SOURCES, styles } from './build.mjs';
import { at, fingerprint, Halt, isMain, main, run, say, unlessDone } from './lib.mjs';
import { setUp } from './setup.mjs';

/** The package. */
export const PACKAGE = at('npm', 'dist');
const LIB = join(PACKAGE, 'lib');
const GUIDES = at('docs', 'npm');
const DECLARATIONS = at('target', 'npm-types');

/** Builds the package if something it is made of has changed. */
export async function buildPackage() {
  await buildCore();
  const own = ['src', 'instead', 'package.json', 'README.md', 'tsconfig.json'].map((name) => `npm/${name}`);
  const scripts = ['build', 'package', 'wasm-names'].map((name) => `scripts/${name}.mjs`);
  const others = ['docs/npm', 'Cargo.toml', 'package-lock.json', 'target/wasm-pkg', 'server/texts', 'server/presets'];
  await unlessDone('package', fingerprint(...own, ...scripts, ...others, ...SOURCES), PACKAGE, () => {
    say('Building the npm module');
    return writePackage();
  });
}

async function writePackage() {
  rmSync(PACKAGE, { recursive: true, force: true });
  mkdirSync(LIB, { recursive: true });
  const manifest = JSON.parse(readFileSync(at('npm', 'package.json'), 'utf8'));
  const version = readFileSync(at('Cargo.toml'), 'utf8').match(/^version = "(.*)"$/m)?.[1];
  const { name, ...rest } = manifest;
  writeFileSync(join(PACKAGE, 'package.json'), `${JSON.stringify({ name, version, ...rest }, null, 2)}\n`);
  writeGuides();
  for (const licence of ['LICENSE-APACHE', 'LICENSE-MIT']) copyFileSync(at(licence), join(PACKAGE, licence));

  const wasm = shortCore();
  writeFileSync(join(LIB, 'placet_bg.wasm'), wasm);
  const BUILD = JSON.stringify(`${version}-${createHash('sha256').update(wasm).digest('hex').slice(0, 8)}`);
  const entries = entriesOf(manifest);
  const { build } = await import('esbuild');
  await build({
    entryPoints: entries.map((entry) => at('npm', 'src', `${entry}.ts`)),
    outdir: LIB,
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    target: 'es2022',
    charset: 'utf8',
    // Beside the entries, as the file that they name by its place is.
    chunkNames: '[name]-[hash]',
    external: Object.keys(manifest.peerDependencies),
    define: { BUILD },
    plugins: [instead, toml, inlineWasm(wasm), ownUrl, glue, styles],
    legalComments: 'none',
    logLevel: 'warning',
  });
  writeDeclarations(entries);
}

/** The guides go along; what leads out of the package stays as words. */
function writeGuides() {
  mkdirSync(join(PACKAGE, 'docs'));
  const put = (from, name, change) => writeFileSync(join(PACKAGE, name), change(readFileSync(from, 'utf8')));
  put(at('npm', 'README.md'), 'README.md', (text) => text.replaceAll('](../docs/npm/', '](docs/'));
  for (const name of readdirSync(GUIDES)) {
    put(join(GUIDES, name), join('docs', name), (text) => text.replace(/\[([^\]]*)\]\(\.\.\/[^)]*\)/g, '$1'));
  }
}

/** The names of the modules that the package opens to others. */
function entriesOf({ exports }) {
  const files = Object.values(exports).map((entry) => entry.default ?? entry);
  return files.filter((file) => file.endsWith('.js')).map((file) => basename(file, '.js'));
}

/** A module in `npm/instead/` stands in for the one of the same path in `www/`, but not for itself. */
const instead = {
  name: 'instead',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, importer, resolveDir }) => {
      const within = relative(at('www'), resolve(resolveDir, path));
      if (within.startsWith('..')) return;
      const other = at('npm', 'instead', within);
      return existsSync(other) && other !== importer ? { path: other } : undefined;
    });
  },
};

/** A TOML file is imported as its tables, with keys in camel case. */
const toml = {
  name: 'toml',
  setup({ onLoad }) {
    onLoad({ filter: /\.toml$/ }, async ({ path }) => {
      const { parse } = await import('smol-toml');
      const contents = JSON.stringify(camelCase(parse(readFileSync(path, 'utf8'))));
      return { contents, loader: 'json' };
    });
  },
};

function camelCase(value) {
  if (typeof value !== 'object') return value;
  const camel = (key) => key.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(value).map(([key, value]) => [camel(key), camelCase(value)]));
}

/** The WebAssembly as a module, for where the file cannot be had. */
const inlineWasm = (wasm) => ({
  name: 'inline-wasm',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^placet_bg\.wasm\.gz$/ }, ({ path }) => ({ path, namespace: 'inline-wasm' }));
    onLoad({ filter: /.*/, namespace: 'inline-wasm' }, () => {
      return { contents: gzipSync(wasm, { level: 9 }), loader: 'binary' };
    });
  },
});

/** Bundlers look for every file that a module names: the glue names one that it is never asked for. */
const ownUrl = {
  name: 'own-url',
  setup({ onLoad }) {
    onLoad({ filter: /placet\.short\.js$/ }, ({ path }) => {
      const contents = readFileSync(path, 'utf8').replace("new URL('placet_bg.wasm', import.meta.url)", 'undefined');
      return { contents, loader: 'js' };
    });
  },
};

/** Writes the entries' declarations, and those that they lead to. */
function writeDeclarations(entries) {
  rmSync(DECLARATIONS, { recursive: true, force: true });
  run('tsc', ['--project', at('npm', 'tsconfig.json'), '--outDir', DECLARATIONS]);
  const source = join(DECLARATIONS, 'npm', 'src');
  const wanted = entries.map((entry) => join(source, `${entry}.d.ts`));
  const written = new Set();
  for (let file; (file = wanted.pop());) {
    if (written.has(file)) continue;
    written.add(file);
    if (!existsSync(file))
      throw new Halt(`the declarations need ${relative(DECLARATIONS, file)}, which there is none of`);
    // The entries' folder is the package's; what is beside it comes into it.
    const text = readFileSync(file, 'utf8').replace(/(?<=(?:from |import\()['"])(\.[^'"]*)\.ts(?=['"])/g, (_, path) => {
      const target = resolve(dirname(file), `${path}.d.ts`);
      wanted.push(target);
      const link = relative(dirname(placed(source, file)), placed(source, target))
        .split(sep)
        .join('/');
      return `${link.startsWith('.') ? '' : './'}${link.replace(/\.d\.ts$/, '')}.js`;
    });
    const to = placed(source, file);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, text);
  }
}

const placed = (source, file) => {
  const within = relative(source, file);
  return join(LIB, within.startsWith('..') ? join('types', relative(DECLARATIONS, file)) : within);
};

if (isMain(import.meta.url)) {
  await main(async () => {
    await setUp();
    await buildPackage();
  });
}
