/** `npm start`, as the README has it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { ui } from './site.ts';

test('npm start serves the demo shop, says where and what to try, and stops when told', async ({ page }) => {
  // What has to be built has been built for the other tests.
  const folder = mkdtempSync(join(tmpdir(), 'placet-start-'));
  const child = spawn('npm', ['start'], {
    env: {
      ...process.env,
      PLACET_LISTEN: '127.0.0.1:0',
      PLACET_DATABASE_URL: `sqlite://${join(folder, 'placet.db')}`,
      PLACET_DEMO_TRACKERS_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    // Its own group, so that the whole of it can be told to stop.
    detached: true,
  });
  try {
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (printed += text));
    await expect.poll(() => printed, { timeout: 25_000 }).toContain('Ctrl+C stops everything');
    expect(printed).toMatch(/its admin token/i);
    const demo = /The demo shop: (\S+?)\s*(?:\x1b|\n)/.exec(printed)?.[1] as string;
    // The demo's own address is allowed on its usual port only; `localhost` is on any.
    await page.goto(demo.replace('127.0.0.1', 'localhost'));
    await expect(ui(page).banner).toBeVisible();

    const ended = new Promise((done) => child.once('exit', done));
    process.kill(-(child.pid as number), 'SIGTERM');
    await ended;
  } finally {
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid as number), 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});
