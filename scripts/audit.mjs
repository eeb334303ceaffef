/**
 * `npm run audit`: what is known of the dependencies: advisories, licences and sources of the crates (cargo-deny, `deny.toml`),
 * advisories on the npm packages (`npm audit`). Both ask services for their data; one that cannot be reached is named, and
 * fails the run unless `--reachable` is given, with which only what could be asked counts.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, at, env, Halt, main, run, say, tools } from './lib.mjs';

const CARGO_DENY = '0.20.2';

/** Each lock file of npm packages, by its folder, with what of it is looked at. */
const NPM_FOLDERS = ['.', 'bench', ...['next', 'plain', 'react', 'svelte', 'vue'].map((name) => `examples/${name}`)];
/** Each workspace of crates, by its folder. */
const CARGO_FOLDERS = ['.', 'fuzz', 'tools'];

/** Runs a program quietly. */
function attempt(command, args, cwd) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  return { isFine: status === 0, text: `${stdout}${stderr}` };
}

function installCargoDeny() {
  if (ask(join(tools, 'bin', 'cargo-deny'), ['--version'])?.split(' ')[1] === CARGO_DENY) return;
  say(`Building cargo-deny ${CARGO_DENY} into .tools/ (once, about 6 minutes on two cores)`);
  run('cargo', ['install', '--quiet', 'cargo-deny', '--version', CARGO_DENY, '--locked', '--root', tools]);
}

await main(async () => {
  const onlyReachable = process.argv.includes('--reachable');
  const faults = [];
  const unreachable = [];

  installCargoDeny();
  for (const folder of CARGO_FOLDERS) {
    const manifest = ['--manifest-path', at(folder, 'Cargo.toml')];
    const config = ['--config', at('deny.toml')];
    for (const what of ['licenses', 'bans', 'sources']) {
      say(`Crates of ${folder}: ${what}`);
      const { isFine, text } = attempt('cargo-deny', [...manifest, 'check', ...config, what], at(folder));
      if (!isFine) faults.push(`${what} of the crates of ${folder}:\n${text}`);
    }
    say(`Crates of ${folder}: advisories`);
    const { isFine, text } = attempt('cargo-deny', [...manifest, 'check', ...config, 'advisories'], at(folder));
    if (/failed to (?:fetch|clone|open|load)|unable to (?:fetch|clone)|an IO error/i.test(text)) {
      unreachable.push(`the RustSec advisory database, for ${folder}`);
    } else if (!isFine) {
      faults.push(`advisories on the crates of ${folder}:\n${text}`);
    }
  }

  for (const folder of NPM_FOLDERS) {
    if (!existsSync(at(folder, 'package-lock.json'))) throw new Halt(`${folder} has no package-lock.json`);
    say(`npm packages of ${folder}: advisories`);
    const { isFine, text } = attempt('npm', ['audit', '--package-lock-only', '--audit-level=moderate'], at(folder));
    if (/audit endpoint returned an error|ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT/.test(text)) {
      unreachable.push(`npm's advisories, for ${folder}`);
    } else if (!isFine) {
      faults.push(`advisories on the npm packages of ${folder}:\n${text}`);
    }
  }

  for (const service of unreachable) console.log(`not asked: ${service} cannot be reached from here`);
  if (unreachable.length && !onlyReachable) faults.push(`${unreachable.length} services could not be asked`);
  if (faults.length) throw new Halt(faults.join('\n\n'));
  say(`Nothing is known against version ${version()} and what it is made of`);
});

const version = () => readFileSync(at('Cargo.toml'), 'utf8').match(/^version = "(.*)"$/m)?.[1];
