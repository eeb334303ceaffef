/** What Placet's server is measured beside: the database engines and a web server by themselves, on the same disk. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ask, env, Halt } from '../../scripts/lib.mjs';
import { family, load, output, PAGE } from './load.mjs';

/** How many commits SQLite is measured with. */
const COMMITS = 10_000;

/**
 * Single commits a second into a SQLite file, of rows with this text, with the settings that Placet has (a write-ahead
 * log, each commit on the disk). Null where the program `sqlite3` is not installed.
 */
export async function sqliteCommits({ folder, text }) {
  if (!ask('which', ['sqlite3'])) return null;
  const file = join(folder, `commits-${Date.now()}.db`);
  await output(
    'sqlite3',
    [file],
    env,
    'PRAGMA journal_mode = WAL; CREATE TABLE proof (id TEXT PRIMARY KEY, proof TEXT);',
  );
  const insert = `INSERT INTO proof VALUES (lower(hex(randomblob(16))), '${text.replaceAll("'", "''")}');\n`;
  const start = performance.now();
  await output('sqlite3', [file], env, `PRAGMA synchronous = FULL;\n${insert.repeat(COMMITS)}`);
  return (COMMITS / (performance.now() - start)) * 1000;
}

/** Commits a second of `pgbench` on so many connections, each of one row with this text, prepared. */
export async function postgresCommits({ postgres, folder, text, connections, seconds }) {
  const script = join(folder, 'insert.sql');
  writeFileSync(script, 'INSERT INTO proof VALUES (gen_random_uuid(), now(), :proof);\n');
  await postgres.newDatabase('commits');
  await postgres.psql(
    'commits',
    'CREATE TABLE proof (id UUID PRIMARY KEY, at TIMESTAMPTZ NOT NULL, proof JSONB NOT NULL)',
  );
  const at = ['-h', '127.0.0.1', '-p', String(postgres.port), '-U', 'placet'];
  const how = ['-n', '-M', 'prepared', '-c', connections, '-j', Math.min(connections, 2), '-T', seconds].map(String);
  const pgbench = join(postgres.programs, 'pgbench');
  const printed = await output(pgbench, [...at, ...how, '-D', `proof=${text}`, '-f', script, 'commits']);
  return Number(/tps = ([\d.]+)/.exec(printed)?.[1]);
}

/** An nginx that answers a text as a static file; null where it is not installed. */
export async function startNginx({ folder, text }) {
  const program = ask('which', ['nginx']) ?? ask('which', ['/usr/sbin/nginx']);
  if (!program) return null;
  const root = join(folder, 'nginx');
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'config.json'), text);
  writeFileSync(join(root, 'config.json.gz'), gzipSync(text, { level: 9 }));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const settings = `
    daemon off; worker_processes 2; pid ${root}/pid; error_log ${root}/error.log;
    events { worker_connections 1024; }
    http {
      access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; etag on; gzip_static on;
      open_file_cache max=100; types { application/json json; }
      ${temporary.map((name) => `${name}_temp_path ${root}/${name};`).join(' ')}
      server { listen 127.0.0.1:PORT; root ${root}; add_header Cache-Control no-cache; }
    }`;
  const port = 20_000 + (process.pid % 20_000);
  writeFileSync(join(root, 'nginx.conf'), settings.replace('PORT', port));
  const server = spawn(program, ['-e', join(root, 'error.log'), '-p', root, '-c', 'nginx.conf'], { stdio: 'ignore' });
  const end = () => server.kill('SIGTERM');
  process.once('exit', end);
  const url = `http://127.0.0.1:${port}/config.json`;
  for (;;) {
    if (server.exitCode !== null) throw new Halt(`nginx does not start; ${root}/error.log says why`);
    if (await fetch(url).catch(() => null)) break;
    await new Promise((done) => setTimeout(done, 50));
  }
  const tag = (await fetch(url, { headers: { 'accept-encoding': 'gzip' } })).headers.get('etag');
  const get = (headers, options) => load({ folder, url, headers, processes: () => family(server.pid), ...options });
  return {
    whole: (options) => get(PAGE, options),
    unchanged: (options) => get({ ...PAGE, 'if-none-match': tag }, options),
    stop: () => new Promise((done) => (server.once('exit', done), end())),
  };
}
