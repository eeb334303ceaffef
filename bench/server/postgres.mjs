/** A PostgreSQL of this run's own, with the settings that it comes with, in a folder that is gone afterwards. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, env, Halt, run } from '../../scripts/lib.mjs';
import { family, output } from './load.mjs';

/** Where Debian keeps the programs of each version. */
const VERSIONS = '/usr/lib/postgresql';

/** Starts it; null where PostgreSQL, or the pgbench that comes with it, is not installed. */
export async function startPostgres() {
  const programs = folderOfPrograms();
  if (programs === null) return null;
  const folder = mkdtempSync(join(tmpdir(), 'placet-bench-postgres-'));
  const data = join(folder, 'data');
  // PostgreSQL does not run as root.
  const asItsUser =
    process.getuid?.() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
  if (asItsUser.length) run('chown', ['postgres', folder]);
  else chmodSync(folder, 0o700);
  const [init, ...flags] = [...asItsUser, join(programs, 'initdb')];
  await output(init, [...flags, '-D', data, '-A', 'trust', '-U', 'placet', '--encoding=UTF8', '--locale=C']);
  const port = await freePort();
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`];
  const [program, ...rest] = [
    ...asItsUser,
    join(programs, 'postgres'),
    '-D',
    data,
    ...settings.flatMap((s) => ['-c', s]),
  ];
  const server = spawn(program, rest, { env, stdio: 'ignore', cwd: folder });
  const end = () => server.kill('SIGINT');
  process.once('exit', end);
  const psql = (database, sql) =>
    output('psql', ['-h', '127.0.0.1', '-p', String(port), '-U', 'placet', '-d', database, '-AtqXc', sql]);
  await answers(psql, server);
  return {
    folder,
    psql,
    programs,
    port,
    /** The postmaster and all that it has started. */
    processes: () => family(Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])),
    async newDatabase(name) {
      await psql('postgres', `drop database if exists ${name} with (force)`);
      await psql('postgres', `create database ${name}`);
      return `postgres://placet@127.0.0.1:${port}/${name}`;
    },
    async stop() {
      const ended = new Promise((done) => server.once('exit', done));
      end();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

function folderOfPrograms() {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort((a, b) => b - a) : [];
  const folders = versions.map((version) => join(VERSIONS, version, 'bin'));
  const onPath = ask('pg_config', ['--bindir']);
  if (onPath) folders.push(onPath);
  return folders.find((folder) => ['initdb', 'pgbench'].every((name) => existsSync(join(folder, name)))) ?? null;
}

function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.on('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

async function answers(psql, server) {
  for (;;) {
    if (server.exitCode !== null) throw new Halt('PostgreSQL does not start');
    const answer = await psql('postgres', 'select 1').catch(() => null);
    if (answer) return;
    await new Promise((done) => setTimeout(done, 100));
  }
}
