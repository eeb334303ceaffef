/**
 * `npm run example react`: a site that uses the npm module, on its framework's development server. One that asks a server is
 * given one, with the demo widget.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { buildSdk } from './build.mjs';
import { at, env, fingerprint, Halt, isMain, main, run, say, unlessDone } from './lib.mjs';
import { buildPackage } from './package.mjs';
import { applyWidget, buildServer, startServer } from './server.mjs';
import { setUp } from './setup.mjs';

/** The variables in which examples are told of their server; the others need none. */
const SERVER_OF = { react: 'VITE_PLACET_SERVER', next: 'NEXT_PUBLIC_PLACET_SERVER' };

/** What an example's programs are told; which mode they run in is theirs to say. */
export function exampleEnv(more = {}) {
  const { NODE_ENV, FORCE_COLOR, ...rest } = env;
  return { ...rest, NO_COLOR: '1', NEXT_TELEMETRY_DISABLED: '1', ...more };
}

/**
 * Installs what a consumer of the module depends on, unless that is there already; answers with its folder. The module is
 * installed as it would be published: npm packs its folder and unpacks that.
 */
export async function installConsumer(path) {
  const folder = at(path);
  const print = fingerprint(`${path}/package-lock.json`, 'npm/dist');
  await unlessDone(path.replaceAll('/', '-'), print, at(path, 'node_modules'), () => {
    say(`Installing the packages of ${path}`);
    run('npm', ['ci', '--install-links', '--no-fund', '--no-audit', '--loglevel=error'], { cwd: folder });
  });
  return folder;
}

/** A server with the demo widget, for an example to ask. */
async function startPlacet() {
  await buildSdk();
  await buildServer();
  mkdirSync(at('.data'), { recursive: true });
  const settings = {
    PLACET_LISTEN: '127.0.0.1:0',
    PLACET_DATABASE_URL: `sqlite://${at('.data')}/examples.db`,
    PLACET_ADMIN_WORKSPACE: '19',
  };
  applyWidget(at('widgets', 'demo.toml'), settings);
  return startServer(settings);
}

if (isMain(import.meta.url)) {
  await main(async () => {
    const names = readdirSync(at('examples')).filter((name) => statSync(at('examples', name)).isDirectory());
    const name = process.argv[2];
    if (!names.includes(name)) throw new Halt(`say which: npm run example ${names.sort().join(' | ')}`);
    await setUp();
    await buildPackage();
    const cwd = await installConsumer(`examples/${name}`);
    const server = SERVER_OF[name] && (await startPlacet());
    const told = server && { [SERVER_OF[name]]: server.origin };
    const example = spawn('npm', ['run', 'dev'], { cwd, env: exampleEnv(told), stdio: 'inherit' });
    // Ctrl+C reaches both; the server may take its time.
    process.on('SIGINT', () => {});
    process.once('SIGTERM', () => example.kill());
    example.once('exit', async (status) => {
      await server?.stop();
      process.exit(status ?? 0);
    });
  });
}
