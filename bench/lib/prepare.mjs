/** What has to be there before anything is measured: Placet, built, and the tools it is compared with. */
import { buildSdk } from '../../scripts/build.mjs';
import { at, fingerprint, run, say, unlessDone } from '../../scripts/lib.mjs';
import { buildServer } from '../../scripts/server.mjs';
import { setUp, setUpBrowser } from '../../scripts/setup.mjs';

/** Builds Placet, unless PLACET_SERVER names a server that was built already. */
export async function buildPlacet() {
  if (process.env.PLACET_SERVER) {
    say(`Measuring the server at ${process.env.PLACET_SERVER}, as it is`);
  } else {
    await setUp();
    await buildSdk();
    await buildServer();
  }
  if (!process.env.CHROMIUM) setUpBrowser();
}

/** Installs the tools that Placet is compared with: exactly the versions in `bench/package-lock.json`. */
export async function installPeers() {
  await unlessDone('bench', fingerprint('bench/package-lock.json'), at('bench', 'node_modules'), () => {
    say('Installing the tools to compare with into bench/node_modules (about 10 s)');
    run('npm', ['ci', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error'], { cwd: at('bench') });
  });
}
