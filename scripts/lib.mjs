/** What the scripts share: where things are, how a program is run, how progress is told. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync, mkdirSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const tools = join(root, '.tools');
export const at = (...parts) => join(root, ...parts);

/** Programs of the checkout come before those of the machine. */
export const env = {
  ...process.env,
  PATH: [join(tools, 'bin'), at('node_modules', '.bin'), process.env.PATH].join(delimiter),
};

/** A failure that the reader can mend: told in one sentence, without a stack. */
export class Halt extends Error {}

export const say = (text) => console.log(`\x1b[1m▸ ${text}\x1b[0m`);

/** Runs a program with its output in sight; fails with what to look at. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, env, stdio: 'inherit', ...options });
  if (done.error) throw new Halt(`${command} cannot be started: ${done.error.message}`);
  if (done.status !== 0) throw new Halt(`\`${[command, ...args].join(' ')}\` failed; its own words are above`);
}

/** Runs a program for what it prints; undefined when it is missing or fails. */
export function ask(command, args) {
  const done = spawnSync(command, args, { cwd: root, env, encoding: 'utf8' });
  return done.status === 0 ? done.stdout.trim() : undefined;
}

/** Runs a program with its output both shown and handed over. */
export function tee(command, args, options = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      from.setEncoding('utf8');
      from.on('data', (text) => {
        output += text;
        to.write(text);
      });
    }
    child.on('error', fail);
    child.on('close', (status) => done({ status, output }));
  });
}

/** Whether a module is the script that was started. */
export const isMain = (url) => process.argv[1] === fileURLToPath(url);

/** Runs a script's steps and ends with one sentence when something can't be done. */
export async function main(steps) {
  try {
    await steps();
  } catch (error) {
    console.error(error instanceof Halt ? `\n✗ ${error.message}` : error);
    process.exit(1);
  }
}

/** The files below some paths, in a stable order. */
function files(paths) {
  return paths.flatMap((path) => {
    if (!existsSync(path)) return [];
    if (!statSync(path).isDirectory()) return [path];
    return files(
      readdirSync(path)
        .sort()
        .map((name) => join(path, name)),
    );
  });
}

/** A fingerprint of everything below some paths, relative to the checkout. */
export function fingerprint(...paths) {
  const hash = createHash('sha256');
  for (const file of files(paths.map((path) => at(path)))) {
    hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** Does a step unless it was done already for the same fingerprint and what it made is still there. */
export async function unlessDone(name, print, made, step) {
  const stamp = join(tools, 'done', name);
  if (existsSync(made) && existsSync(stamp) && readFileSync(stamp, 'utf8') === print) return;
  await step();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, print);
}
