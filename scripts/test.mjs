/**
 * `npm test`: everything that must hold. Its last line counts; any failure makes it exit non-zero. `npm test -- WORDS` runs
 * the steps whose name has these words in it, `npm test -- --all` runs all of the end-to-end suite in Firefox, too.
 */
import { buildSdk } from './build.mjs';
import { env, Halt, main, say, tee } from './lib.mjs';
import { buildPackage, PACKAGE } from './package.mjs';
import { buildServer } from './server.mjs';
import { setUp, setUpBrowsers, setUpPostgres } from './setup.mjs';

/** A check passes or fails as a whole. */
const check = (name, ...command) => ({
  name,
  command,
  count: ({ status }) => [Number(status === 0), Number(status !== 0)],
});

/** A test run prints how many passed and failed; one that stops before it has counted has failed. */
const tests = (name, passed, failed, ...command) => ({
  name,
  command,
  count({ status, output }) {
    const sum = (pattern) => [...output.matchAll(pattern)].reduce((total, [, number]) => total + Number(number), 0);
    const counts = [sum(passed), sum(failed)];
    if (status !== 0 && counts[1] === 0) counts[1] = 1;
    return counts;
  },
});

/** End-to-end tests; `--all` has Firefox run the whole suite, too. */
const playwright = (name, ...args) =>
  tests(name, /^\s+(\d+) passed/gm, /^\s+(\d+) (?:failed|flaky|interrupted)/gm, ...['playwright', 'test', ...args]);

const cargoPassed = /test result: .*? (\d+) passed/g;
const cargoFailed = /test result: .*? (\d+) failed/g;

const STEPS = [
  check('Rust is formatted', 'cargo', 'fmt', '--all', '--check'),
  check('TypeScript, CSS and texts are formatted', 'prettier', '--check', '--log-level=warn', '.'),
  check('TypeScript is sound', 'tsc'),
  check('Nothing is read that markup can shadow', 'npm', 'run', '--silent', 'lint'),
  check('The npm module is packed as it should be', 'publint', '--strict', PACKAGE),
  check("The npm module's types are found", 'attw', '--pack', PACKAGE, '--profile', 'esm-only'),
  check(
    'clippy has nothing to say',
    'cargo',
    'clippy',
    '--quiet',
    '--workspace',
    '--all-targets',
    '--',
    '-D',
    'warnings',
  ),
  tests('Native tests', cargoPassed, cargoFailed, 'cargo', 'test', '--quiet', '--workspace', '--no-fail-fast'),
  check('Fuzzing finds nothing in a minute', 'node', 'scripts/fuzz.mjs'),
  tests(
    'The core in a browser',
    cargoPassed,
    cargoFailed,
    ...['wasm-pack', 'test', '--headless', '--chrome', '--chromedriver', '/usr/bin/chromedriver'],
  ),
  playwright('The whole, in a browser'),
  playwright('What has to hold in every engine, in Firefox', '--config', 'playwright.firefox.config.ts'),
  playwright('What has to hold in every engine, in WebKit', '--config', 'playwright.webkit.config.ts'),
];

await main(async () => {
  await setUp();
  setUpBrowsers();
  setUpPostgres();
  await buildSdk();
  await buildPackage();
  await buildServer();

  const wanted = process.argv.slice(2).find((argument) => argument !== '--all');
  if (process.argv.includes('--all')) env.PLACET_TEST_ALL = '1';
  const total = [0, 0];
  const broken = [];
  const steps = STEPS.filter(({ name }) => !wanted || name.includes(wanted));
  if (!steps.length)
    throw new Halt(`no step is called "${wanted}"; there are: ${STEPS.map(({ name }) => name).join('; ')}`);
  for (const { name, command, count } of steps) {
    say(name);
    const [passed, failed] = count(await tee(command[0], command.slice(1)));
    total[0] += passed;
    total[1] += failed;
    if (failed) broken.push(name);
  }
  if (broken.length) console.log(`\nFailed: ${broken.join('; ')}`);
  console.log(`${total[0]} passed, ${total[1]} failed`);
  process.exitCode = total[1] ? 1 : 0;
});
