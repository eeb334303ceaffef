/** Requests at full speed (wrk), and what they cost the server. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, at, env, Halt } from '../../scripts/lib.mjs';

const SCRIPT = at('bench', 'server', 'request.lua');
/** Clock ticks a second, in which Linux counts what a process has computed. */
const TICKS = Number(ask('getconf', ['CLK_TCK']) ?? 100);

/** A page that the demo widget allows, in a browser. */
export const PAGE = {
  origin: 'http://localhost:4000',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'accept-language': 'fr-FR,fr;q=0.9',
  'accept-encoding': 'gzip, br',
};

/** Says what to install if the load generator is missing. */
export function needWrk() {
  if (!ask('which', ['wrk'])) throw new Halt('the load comes from wrk: install it (Debian: apt-get install wrk)');
}

/**
 * Sends requests on so many connections for so many seconds. `body` is the text of a POST, with {{UUID}} and {{NOW}} in
 * it; `paths` are those of GETs, in turn; `processes` are the server's. Answers with requests a second, milliseconds,
 * and the processes' microseconds of computing for each request.
 */
export async function load({ folder, url, connections, seconds, headers = PAGE, body, paths, processes = () => [] }) {
  const file = (name, text) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`);
  const settings = { HEADERS: file('headers', lines.join('')) };
  if (body) settings.BODY = file('body', body);
  if (paths) settings.PATHS = file('paths', `${paths.join('\n')}\n`);
  const flags = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', SCRIPT];
  const before = computed(processes());
  const printed = await output('wrk', [...flags, url], { ...env, ...settings });
  const after = computed(processes());
  const result = /^RESULT (.*)$/m.exec(printed)?.[1];
  if (!result) throw new Halt(`wrk did not say what it measured:\n${printed}`);
  const { requests, microseconds, ...rest } = JSON.parse(result);
  return { ...rest, rate: requests / (microseconds / 1e6), computing: ((after - before) * 1e6) / requests };
}

/** A process and those that it has started. */
export function family(pid) {
  const children = ask('ps', ['-o', 'pid=', '--ppid', String(pid)]) ?? '';
  return [pid, ...children.split('\n').filter(Boolean).map(Number)];
}

/** How much memory a process has (`VmRSS`), or had at most (`VmHWM`), in MB. */
export function memory(pid, what = 'VmRSS') {
  const line = new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) / 1024;
}

/** How long processes have computed so far, in seconds. */
function computed(processes) {
  return processes.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) / TICKS;
  }, 0);
}

/** What a program prints, while this one goes on. */
export function output(program, args, environment = env, input) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (printed += text));
    child.on('error', fail);
    child.on('close', (status) =>
      status === 0 ? done(printed) : fail(new Halt(`\`${program}\` failed (${status}):\n${printed}`)),
    );
    child.stdin.end(input);
  });
}
