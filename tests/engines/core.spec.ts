/**
 * The core's own tests (`tests/browser.rs`) in Firefox and WebKit: the runner of wasm-bindgen serves them as a page, which is
 * visited. In Chromium `wasm-pack test` runs them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { env, root, tools } from '../../scripts/lib.mjs';
import { expect, test } from './visitor.ts';

/** Serves the tests; resolves with the page's address. What is missing is compiled first. */
function serveTests(): Promise<{ address: string; process: ChildProcess }> {
  const runner = spawn('cargo', ['test', '--target', 'wasm32-unknown-unknown', '--test', 'browser'], {
    cwd: root,
    env: {
      ...env,
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: join(tools, 'bin', 'wasm-bindgen-test-runner'),
      NO_HEADLESS: '1',
      WASM_BINDGEN_TEST_ADDRESS: '127.0.0.1:0',
    },
    // Cargo and what it starts end as one.
    detached: true,
  });
  return new Promise((done, fail) => {
    let said = '';
    runner.once('exit', (status) => fail(Error(`the tests' runner has ended (${status}):\n${said}`)));
    for (const stream of [runner.stdout, runner.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        const address = /available at (http:\/\/\S+)/.exec(said)?.[1];
        if (address) done({ address, process: runner });
      });
    }
  });
}

test("the core's own tests", async ({ visitor, browserName, engine }) => {
  test.skip(engine === 'playwright' && browserName === 'chromium', 'wasm-pack runs them');
  // The tests may have to be compiled.
  test.setTimeout(300_000);
  const { address, process: runner } = await serveTests();
  try {
    await visitor.goto(address);
    const output = (): Promise<string> => visitor.evaluate(() => document.getElementById('output')?.textContent ?? '');
    await expect.poll(output, { timeout: 60_000 }).toMatch(/test result: /);
    const told = await output();
    expect(told).toMatch(/test result: ok\. \d\d+ passed; 0 failed/);
    console.log(/test result: .*/.exec(told)![0]);
  } finally {
    process.kill(-runner.pid!, 'SIGTERM');
  }
});
