/**
 * Builds the SDK into `www/dist/sdk/`: the core (wasm-pack), the module around it, the placeholders of frames and
 * the gate (esbuild). Names carry the hash of what is in them, but the snippet's own `placet.js` and its build with
 * automatic blocking; each file comes with its brotli and gzip.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { at, fingerprint, isMain, main, run, say, unlessDone } from './lib.mjs';
import { setUp } from './setup.mjs';

const SDK = at('www', 'dist', 'sdk');
const PKG = at('target', 'wasm-pkg');

/** Builds the SDK if something it is made of has changed. */
export async function buildSdk() {
  const print = fingerprint('Cargo.toml', 'Cargo.lock', 'src', 'choice', 'protocol', 'view');
  await unlessDone('core', print, join(PKG, 'placet_bg.wasm'), () => {
    say('Building the core with wasm-pack (about 1 minute the first time)');
    const flags = ['--profile', 'wasm', '--target', 'web', '--no-pack'];
    run('wasm-pack', ['--quiet', 'build', ...flags, '--out-dir', PKG]);
  });
  const parts = ['scripts/build.mjs', 'package-lock.json', 'target/wasm-pkg', 'www/core', 'www/frames', 'www/gate'];
  await unlessDone('sdk', fingerprint(...parts), SDK, () => writeSdk());
}

async function writeSdk() {
  const wasm = readFileSync(join(PKG, 'placet_bg.wasm'));
  const core = await bundle('www/core/index.ts', { format: 'esm' });
  const frames = await bundle('www/frames/index.ts', { format: 'esm' });
  const files = { [hashed('wasm', wasm)]: wasm, [hashed('js', core)]: core, [hashed('js', frames)]: frames };
  const [wasmFile, coreFile, framesFile] = Object.keys(files);
  for (const [name, autoblock] of Object.entries({ 'placet.js': false, 'autoblock.js': true })) {
    const define = {
      AUTOBLOCK: `${autoblock}`,
      CORE_FILE: JSON.stringify(coreFile),
      FRAMES_FILE: JSON.stringify(framesFile),
      WASM_FILE: JSON.stringify(wasmFile),
    };
    files[name] = await bundle('www/gate/index.ts', { format: 'iife', define });
  }

  rmSync(SDK, { recursive: true, force: true });
  mkdirSync(SDK, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    // Brotli's default is its best quality.
    const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_LGWIN]: 22 } });
    writeFileSync(join(SDK, name), content);
    writeFileSync(join(SDK, `${name}.br`), brotli);
    writeFileSync(join(SDK, `${name}.gz`), gzipSync(content, { level: 9 }));
    console.log(`  ${name.padEnd(32)} ${(brotli.length / 1024).toFixed(1).padStart(6)} KB brotli`);
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
    plugins: [styles],
    legalComments: 'none',
    ...options,
  });
  return Buffer.from(outputFiles[0].contents);
}

/** A style sheet is imported as its minified text. */
const styles = {
  name: 'styles',
  setup({ onLoad, esbuild }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { outputFiles } = await esbuild.build({ entryPoints: [path], bundle: true, minify: true, write: false });
      return { contents: outputFiles[0].text.trim(), loader: 'text' };
    });
  },
};

const hashed = (type, content) => `placet-${createHash('sha256').update(content).digest('hex').slice(0, 12)}.${type}`;

if (isMain(import.meta.url)) {
  await main(async () => {
    await setUp();
    await buildSdk();
  });
}
