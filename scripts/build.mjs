/**
 * Builds the SDK into `www/dist/sdk/`: the core (wasm-pack), the module around it, the parts that are loaded at times,
 * and the gate (esbuild). Names carry the hash of what is in them, but the snippet's own `placet.js` and its build with
 * automatic blocking; each file comes with its brotli and gzip.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { at, env, fingerprint, isMain, main, run, say, unlessDone } from './lib.mjs';
import { hasStdSource, setUp } from './setup.mjs';
import { shortenNames } from './wasm-names.mjs';

const SDK = at('www', 'dist', 'sdk');
const PKG = at('target', 'wasm-pkg');
const GLUE = at('target', 'placet.short.js');

/** What the SDK is made of besides the core. */
export const SOURCES = [
  'bare',
  'core',
  'frames',
  'gate',
  'guard',
  'hand-over',
  'readiness',
  'session',
  'settings',
  'unblocking',
  'withdrawal',
].map((of) => `www/${of}`);

/** Less is inlined than rustc does by itself: calls compress better than copies. */
const FLAGS = ['-Cllvm-args=-inline-threshold=25'];

/**
 * Has std built anew with the core: panics end at once, without a text, and what of std is in the core is compiled for its
 * size, too. Cargo calls both unstable (`build-std`, `panic=immediate-abort`), so this one build is allowed to use
 * them; the toolchain is the stable one. The names of the legacy mangling end in hashes, which `wasm-names.mjs` shortens.
 */
const REBUILT_FLAGS = ['-Zunstable-options', '-Cpanic=immediate-abort', '-Csymbol-mangling-version=legacy'];
const REBUILT_STD = [
  '-Zbuild-std=std,panic_abort',
  ...['core', 'alloc', 'std'].flatMap((crate) => ['--config', `profile.wasm.package.${crate}.opt-level=3`]),
];

/** Builds the core if something it is made of has changed; with std, but where its source cannot be had. */
export async function buildCore() {
  const rebuilt = hasStdSource();
  const sources = fingerprint('scripts/build.mjs', 'Cargo.toml', 'Cargo.lock', 'src', 'choice', 'protocol', 'view');
  const print = `${sources} ${rebuilt ? 'with std rebuilt' : 'plain'}`;
  await unlessDone('core', print, join(PKG, 'placet_bg.wasm'), () => {
    say(`Building the core with wasm-pack (about ${rebuilt ? '2 minutes' : '1 minute'} the first time)`);
    const flags = ['--quiet', 'build', '--profile', 'wasm', '--target', 'web', '--no-pack', '--out-dir', PKG];
    const rustflags = [...(rebuilt ? REBUILT_FLAGS : []), ...FLAGS].join(' ');
    const build = { ...env, CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: rustflags };
    if (!rebuilt) return run('wasm-pack', flags, { env: build });
    const unstable = { ...build, RUSTC_BOOTSTRAP: '1', CARGO_TARGET_DIR: at('target', 'std') };
    run('wasm-pack', [...flags, '.', '--', ...REBUILT_STD], { env: unstable });
  });
}

/** The core's WebAssembly with short names, for which the plugin `glue` has the glue. */
export function shortCore() {
  const core = shortenNames(readFileSync(join(PKG, 'placet_bg.wasm')), readFileSync(join(PKG, 'placet.js'), 'utf8'));
  writeFileSync(GLUE, core.glue);
  return core.wasm;
}

/** Builds the SDK if something it is made of has changed. */
export async function buildSdk() {
  await buildCore();
  const parts = ['scripts/build.mjs', 'scripts/wasm-names.mjs', 'package-lock.json', 'target/wasm-pkg', ...SOURCES];
  await unlessDone('sdk', fingerprint(...parts), SDK, () => writeSdk());
}

async function writeSdk() {
  const wire = readFileSync(at('www', 'gate', 'protocol.ts'), 'utf8').match(/^ {2}\w+(?=\??:)/gm) ?? [];
  const both = wire.map((name) => name.trim()).filter((name) => INTERNAL.test(name));
  if (both.length) throw new Error(`${both.join(', ')}: a member has the name of something on the wire; rename it`);
  const files = {};
  const add = (type, content) => {
    const name = hashed(type, content);
    files[name] = content;
    return JSON.stringify(name);
  };
  const part = async (entry, define = {}) => add('js', await bundle(entry, { format: 'esm', define }));

  const wasm = shortCore();
  const BARE_FILE = await part('www/bare/index.ts');
  const HINTS_FILE = await part('www/hints/index.ts');
  const SETTINGS_FILE = await part('www/settings/index.ts');
  const STYLE_FILE = await part('www/core/looks.ts');
  const WASM_FILE = add('wasm', wasm);
  const names = {
    WASM_FILE,
    CORE_FILE: await part('www/core/index.ts', { BARE_FILE, HINTS_FILE, SETTINGS_FILE, STYLE_FILE, WASM_FILE }),
    FRAMES_FILE: await part('www/frames/index.ts'),
    WITHDRAWAL_FILE: await part('www/withdrawal/index.ts'),
    GUARD_FILE: await part('www/guard/index.ts'),
    UNBLOCKING_FILE: await part('www/unblocking/index.ts'),
    READINESS_FILE: await part('www/readiness/index.ts'),
    HAND_OVER_FILE: await part('www/hand-over/index.ts'),
  };
  names.CONTROLLER_FILE = await part('www/session/index.ts', names);
  for (const [name, autoblock] of Object.entries({ 'placet.js': 'false', 'autoblock.js': 'true' })) {
    files[name] = await bundle('www/gate/index.ts', { format: 'iife', define: { AUTOBLOCK: autoblock, ...names } });
  }
  // For the server, which sends what is needed with what is drawn.
  files['banner.css'] = Buffer.from(await minified(at('www', 'core', 'banner.css')));
  for (const look of ['bar', 'cloud', 'continue', 'inline', 'link', 'phone', 'placed', 'signal', 'trigger']) {
    files[`${look}.css`] = Buffer.from(await minified(at('www', 'core', 'style', `${look}.css`)));
  }

  rmSync(SDK, { recursive: true, force: true });
  mkdirSync(SDK, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    // Brotli's default is its best quality.
    const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_LGWIN]: 22 } });
    writeFileSync(join(SDK, name), content);
    writeFileSync(join(SDK, `${name}.br`), brotli);
    writeFileSync(join(SDK, `${name}.gz`), gzipSync(content, { level: 9 }));
    console.log(`  ${name.padEnd(32)} ${(brotli.length / 1000).toFixed(1).padStart(6)} KB brotli`);
  }
}

async function bundle(entry, options) {
  // Not there before the set-up has run.
  const { build: esbuild } = await import('esbuild');
  const { outputFiles } = await esbuild({
    entryPoints: [at(entry)],
    bundle: true,
    minify: true,
    write: false,
    target: 'es2022',
    loader: { '.css': 'text' },
    plugins: [styles, glue],
    legalComments: 'none',
    ...options,
  });
  return Buffer.from(await squeezed(outputFiles[0].text, options.format === 'esm'));
}

/** Members that only the SDK's own files know by name: no page and no wire does. */
const INTERNAL_NAMES = [
  'adopt announce answered address applied blocking commands complete controller covered decide decided draft draw early grants grantsPurpose hear hide ifPrompt',
  'isDressed isSignalled isThere know lastWrite leave newest obey offer onBlockFrames onLanguage openOnce opening permits receipt refuse',
  'guard isOpen prepare pushToLayer removeCookie setPurpose setService stored tell tellDefault tellTabs tellUpdate',
];
const INTERNAL = new RegExp(`^(${INTERNAL_NAMES.join(' ').replaceAll(' ', '|')})$`);

/** How such members are called in all of the files. */
const nameCache = { props: {} };

/** The same script in fewer bytes: terser finds what esbuild leaves. All in ASCII, whatever encoding a page has. */
async function squeezed(script, module) {
  const { minify } = await import('terser');
  // What is no member is each file's own.
  nameCache.vars = undefined;
  const { code } = await minify(script, {
    module,
    ecma: 2022,
    nameCache,
    compress: { passes: 3, pure_getters: true, unsafe_arrows: true, keep_fargs: false, inline: 1 },
    mangle: { toplevel: true, properties: { regex: INTERNAL } },
    format: { ecma: 2022, ascii_only: true },
  });
  return code;
}

/** The glue is the one whose names are those of the WebAssembly that is shipped. */
export const glue = {
  name: 'glue',
  setup({ onResolve }) {
    onResolve({ filter: /wasm-pkg\/placet\.js$/ }, () => ({ path: GLUE }));
  },
};

/** A style sheet is imported as its minified text. */
export const styles = {
  name: 'styles',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      return { contents: await minified(path), loader: 'text' };
    });
  },
};

async function minified(css) {
  const { build: esbuild } = await import('esbuild');
  const { outputFiles } = await esbuild({ entryPoints: [css], bundle: true, minify: true, write: false });
  // What is in custom properties esbuild leaves as it was written.
  return outputFiles[0].text
    .trim()
    .replace(/(--[\w-]+): /g, '$1:')
    .replaceAll(', ', ',')
    .replaceAll(' / ', '/');
}

const hashed = (type, content) => `placet-${createHash('sha256').update(content).digest('hex').slice(0, 16)}.${type}`;

if (isMain(import.meta.url)) {
  await main(async () => {
    await setUp();
    await buildSdk();
  });
}
