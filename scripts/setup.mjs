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
  await installWasmBindgen();
}

/**
 * Whether the source of Rust's std is there; adds it to the toolchain where it is not. `PLACET_PLAIN_BUILD=1` does without:
 * the core is 3 KB larger and does the same.
 */
export function hasStdSource() {
  if (process.env.PLACET_PLAIN_BUILD) return false;
  const sysroot = ask('rustc', ['--print', 'sysroot']);
  const source = join(sysroot ?? '', 'lib/rustlib/src/rust/library/Cargo.lock');
  if (existsSync(source)) return true;
  say('Adding the source of std to the Rust toolchain of this machine (about 20 s)');
  if (ask('rustup', ['component', 'add', 'rust-src']) !== undefined && existsSync(source)) return true;
  say('The source of std cannot be had: the core is built without it and is 3 KB larger');
  return false;
}

/** wasm-bindgen, which writes JavaScript for every page, from exactly the sources that `tools/Cargo.lock` names. */
async function installWasmBindgen() {
  const version = lockedVersion('wasm-bindgen');
  const program = join(tools, 'bin', 'wasm-bindgen');
  await unlessDone('wasm-bindgen', fingerprint('tools/Cargo.toml', 'tools/Cargo.lock', 'tools/src'), program, () => {
    say(`Building wasm-bindgen ${version} into .tools/ (once, about 3 minutes on two cores)`);
    const where = ['--path', at('tools'), '--target-dir', at('target', 'tools'), '--root', tools];
    run('cargo', ['install', '--quiet', '--locked', '--force', ...where]);
  });
  const built = ask(program, ['--version'])?.split(' ')[1];
  if (built !== version)
    throw new Halt(`tools/Cargo.lock has wasm-bindgen ${built}, Cargo.lock has ${version}; make them one`);
}

/** A Rust program in `.tools/`, of exactly this version. */
function install(crate, version, args, time) {
  if (ask(join(tools, 'bin', crate), ['--version'])?.split(' ')[1] === version) return;
  say(`Building ${crate} ${version} into .tools/ (once, about ${time} on two cores)`);
  run('cargo', ['install', '--quiet', crate, '--version', version, '--root', tools, ...args]);
}

function lockedVersion(crate) {
  const found = readFileSync(at('Cargo.lock'), 'utf8').match(new RegExp(`name = "${crate}"\nversion = "([^"]+)"`));
  if (!found) throw new Halt(`${crate} is not in Cargo.lock`);
  return found[1];
}

/** Debian's packages of the three engines that the tests run in, each with a program by which it is known. */
const BROWSERS = {
  chromium: '/usr/bin/chromium',
  'chromium-driver': '/usr/bin/chromedriver',
  'firefox-esr': '/usr/bin/firefox-esr',
  'webkit2gtk-driver': '/usr/bin/WebKitWebDriver',
  // WebKit needs a screen and a D-Bus session.
  xvfb: '/usr/bin/Xvfb',
  xauth: '/usr/bin/xauth',
  'dbus-daemon': '/usr/bin/dbus-run-session',
};

/** What the tests need besides: browsers and their drivers. */
export function setUpBrowsers() {
  const missing = Object.keys(BROWSERS).filter((name) => !existsSync(BROWSERS[name]));
  if (!missing.length) return;
  if (!existsSync('/usr/bin/apt-get')) {
    const programs = missing.map((name) => BROWSERS[name]).join(', ');
    throw new Halt(`the tests need ${programs}; install what Debian calls ${missing.join(', ')}`);
  }
  say(`Installing ${missing.join(', ')} on this machine with apt (about 2 minutes)`);
  aptInstall(...missing);
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
