/**
 * `npm run sbom`: writes what the server and the npm module are made of, as CycloneDX 1.5 documents, into `target/sbom/`:
 * `placet-server.cdx.json` (crates, by cargo-cyclonedx) and `placet-npm.cdx.json` (packages that build the SDK, by npm itself).
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, at, env, Halt, main, run, say, tools } from './lib.mjs';

const CARGO_CYCLONEDX = '0.5.9';
const SBOM = at('target', 'sbom');

await main(async () => {
  mkdirSync(SBOM, { recursive: true });
  if (!ask(join(tools, 'bin', 'cargo-cyclonedx'), ['cyclonedx', '--version'])?.includes(CARGO_CYCLONEDX)) {
    say(`Building cargo-cyclonedx ${CARGO_CYCLONEDX} into .tools/ (once, about 1 minute on two cores)`);
    run('cargo', ['install', '--quiet', 'cargo-cyclonedx', '--version', CARGO_CYCLONEDX, '--locked', '--root', tools]);
  }
  const flags = ['--format', 'json', '--spec-version', '1.5', '--all-features', '--override-filename', 'placet.cdx'];
  run('cargo-cyclonedx', ['cyclonedx', '--manifest-path', at('server', 'Cargo.toml'), ...flags]);
  // It writes one beside each crate's manifest; the server's names all that it is made of.
  for (const crate of ['choice', 'protocol', 'server', 'view', '.']) {
    const written = readdirSync(at(crate)).find((name) => name === 'placet.cdx.json');
    if (!written) continue;
    const to = crate === 'server' ? 'placet-server' : crate === '.' ? 'placet-core' : `placet-${crate}`;
    renameSync(at(crate, written), join(SBOM, `${to}.cdx.json`));
  }
  const npm = spawnSync('npm', ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'], {
    cwd: at(),
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (npm.status !== 0) throw new Halt(`npm sbom failed: ${npm.stderr}`);
  writeFileSync(join(SBOM, 'placet-npm.cdx.json'), npm.stdout);
  say(`Written: ${readdirSync(SBOM).join(', ')} (in target/sbom/)`);
});
