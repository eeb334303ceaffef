/**
 * `node scripts/fuzz.mjs [SECONDS] [--all]`: runs each fuzz target for half a minute, or as long as is said; with `--all` also
 * those that need the whole server, which takes minutes to build for it. libFuzzer is guided by what of the code an input
 * reaches; the flags for that are stable Rust's, so no nightly is needed. What was found to reach something new is kept in
 * `fuzz/corpus/`, and an input that fails in `fuzz/artifacts/`.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ask, at, env, Halt, isMain, main, run, say } from './lib.mjs';

const TARGETS = ['cookie', 'body'];
const SERVER_TARGETS = ['origin', 'language', 'cursor', 'widget-file', 'proof-file', 'stored'];
const GUIDED = [
  '--cfg=fuzzing',
  '-Cpasses=sancov-module',
  '-Cllvm-args=-sanitizer-coverage-level=4',
  '-Cllvm-args=-sanitizer-coverage-inline-8bit-counters',
  '-Cllvm-args=-sanitizer-coverage-pc-table',
  '-Cllvm-args=-sanitizer-coverage-trace-compares',
];

export function fuzz(seconds, all) {
  if (!ask('c++', ['--version'])) return say('libFuzzer needs a C++ compiler (c++): without one nothing is fuzzed');
  const target = at('target', 'fuzz');
  const host = /host: (\S+)/.exec(ask('rustc', ['-vV']) ?? '')?.[1];
  if (!host) throw new Halt('rustc does not say what it builds for; is Rust installed?');
  const flags = { ...env, CARGO_ENCODED_RUSTFLAGS: GUIDED.join('\x1f'), CARGO_TARGET_DIR: target };
  // With a target named, build scripts and macros are built without these flags.
  const build = ['build', '--quiet', '--release', '--target', host, '--manifest-path', at('fuzz', 'Cargo.toml')];
  if (all) build.push('--features', 'server');
  run('cargo', build, { env: flags });
  for (const name of all ? [...TARGETS, ...SERVER_TARGETS] : TARGETS) {
    const [corpus, seeds, found] = ['corpus', 'seeds', 'artifacts'].map((kind) => at('fuzz', kind, name));
    for (const folder of [corpus, found]) mkdirSync(folder, { recursive: true });
    const limits = [`-max_total_time=${seconds}`, '-max_len=16384', '-timeout=10', '-rss_limit_mb=1024'];
    const quiet = ['-verbosity=0', `-artifact_prefix=${found}/`];
    run(join(target, host, 'release', name), [...limits, ...quiet, corpus, seeds]);
    say(`${name}: nothing found in ${seconds} s`);
  }
}

if (isMain(import.meta.url)) {
  const [seconds = 30] = process.argv.slice(2).filter((argument) => argument !== '--all');
  await main(() => fuzz(Number(seconds), process.argv.includes('--all')));
}
