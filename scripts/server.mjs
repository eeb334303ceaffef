/** Builds the server, with the SDK in it, and runs it. */
import { spawn } from 'node:child_process';
import { at, env, fingerprint, Halt, run, say, unlessDone } from './lib.mjs';

const RELEASE = at('target', 'release', process.platform === 'win32' ? 'placet-server.exe' : 'placet-server');

/** The server's program; a debug build reads the SDK from `www/dist/sdk`, which spares building it anew. */
export const SERVER = process.env.PLACET_SERVER ? at(process.env.PLACET_SERVER) : RELEASE;

/** Builds the server in release if something it is made of has changed. */
export async function buildServer() {
  const parts = ['Cargo.toml', 'Cargo.lock', 'choice', 'protocol', 'view', 'server', 'www/dist/sdk'];
  await unlessDone('server', fingerprint(...parts), RELEASE, () => {
    say('Building the server in release (about 4 minutes on two cores the first time)');
    run('cargo', ['build', '--quiet', '--release', '-p', 'placet-server']);
  });
}

/** Publishes a widget file. */
export function applyWidget(file, settings) {
  run(SERVER, ['widget', 'apply', file], { env: { ...env, ...settings } });
}

/**
 * Starts the server; resolves with its address and a function that stops it. The server prints one line with its
 * address when it is ready: that line is waited for, not a time.
 */
export function startServer(settings, { quiet = false } = {}) {
  const child = spawn(SERVER, ['serve'], {
    cwd: at(),
    env: { ...env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('exit', (status) => fail(new Halt(`the server stopped (${status}) before it was ready:\n${printed}`)));
    const hear = (text) => {
      printed += text;
      if (!quiet) process.stderr.write(text);
      const origin = /listening on (https?:\/\/\S+)/.exec(printed)?.[1];
      if (origin) done({ origin, process: child, stop: () => stop(child) });
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', hear);
  });
}

function stop(child) {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done();
    child.once('exit', done);
    child.kill('SIGTERM');
  });
}
