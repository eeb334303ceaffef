/** Sets up what is missing. Tools go into `.tools/`; only what rustup and apt manage is the machine's, and that is said. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, at, fingerprint, Halt, run, say, tools, unlessDone } from './lib.mjs';

const WASM = 'wasm32-unknown-unknown';
const WASM_PACK = '0.15.1';

/** What building needs. */
export async function setUp() {
  if (Number(process.versions.node.split('.')[0]) < 20) throw new Halt('Placet needs Node 20 or later');
  if (!ask('cargo', ['--version'])) throw new Halt('cargo is missing; install Rust from https://rustup.rs');

  await unlessDone('npm', fingerprint('package-lock.json'), at('node_modules'), () => {
    say('Installing the npm packages (about 10 s)');
    run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error']);
  });

  if (!ask('rustup', ['target', 'list', '--installed'])?.split('\n').includes(WASM)) {
    if (!ask('rustup', ['--version'])) throw new Halt(`rustup is missing, and with it the way to get ${WASM}`);
    say(`Adding the ${WASM} target to the Rust toolchain of this machine (about 10 s)`);
    run('rustup', ['target', 'add', WASM]);
  }

  install('wasm-pack', WASM_PACK, ['--locked'], '2 minutes');
  // `--locked` does not build for this version; the glue depends on its own version only.
  install('wasm-bindgen-cli', lockedVersion('wasm-bindgen'), [], '3 minutes', 'wasm-bindgen');
}

/** A Rust program in `.tools/`, of exactly this version. */
function install(crate, version, args, time, program = crate) {
  if (ask(join(tools, 'bin', program), ['--version'])?.split(' ')[1] === version) return;
  say(`Building ${crate} ${version} into .tools/ (once, about ${time} on two cores)`);
  run('cargo', ['install', '--quiet', crate, '--version', version, '--root', tools, ...args]);
}

function lockedVersion(crate) {
  const found = readFileSync(at('Cargo.lock'), 'utf8').match(new RegExp(`name = "${crate}"\nversion = "([^"]+)"`));
  if (!found) throw new Halt(`${crate} is not in Cargo.lock`);
  return found[1];
}

/** What the tests need besides: a browser and its driver. */
export function setUpBrowser() {
  if (existsSync('/usr/bin/chromium') && existsSync('/usr/bin/chromedriver')) return;
  if (!existsSync('/usr/bin/apt-get')) {
    throw new Halt(
      'the tests need Chromium at /usr/bin/chromium and its driver at /usr/bin/chromedriver; install both',
    );
  }
  say('Installing chromium and chromium-driver on this machine with apt (about 1 minute)');
  aptInstall('chromium', 'chromium-driver');
}

/** And a PostgreSQL, of which the tests start a server of their own; unless they are told of one that runs. */
export function setUpPostgres() {
  if (process.env.PLACET_TEST_POSTGRES_URL || ask('pg_config', ['--bindir'])) return;
  const debian = '/usr/lib/postgresql';
  if (existsSync(debian) && readdirSync(debian).some((version) => existsSync(join(debian, version, 'bin/initdb'))))
    return;
  if (!existsSync('/usr/bin/apt-get')) {
    throw new Halt('the tests need PostgreSQL 15 or later; install it, or name one with PLACET_TEST_POSTGRES_URL');
  }
  say('Installing postgresql on this machine with apt (about 1 minute)');
  aptInstall('postgresql');
}

function aptInstall(...packages) {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
  const apt = (...args) => run([...sudo, 'apt-get'][0], [...sudo, 'apt-get', ...args].slice(1));
  apt('update', '-qq');
  apt('install', '-y', '-qq', ...packages);
}
