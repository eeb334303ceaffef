/** `npm run picture`: the README's picture, made from the demo. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { at, main } from './lib.mjs';
import { applyWidget, startServer } from './server.mjs';

await main(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'placet-picture-'));
  const settings = {
    PLACET_LISTEN: '127.0.0.1:0',
    PLACET_DATABASE_URL: `sqlite://${join(folder, 'placet.db')}`,
    PLACET_SITE: at('www', 'demo'),
  };
  applyWidget(at('widgets', 'demo.toml'), settings);
  const server = await startServer(settings, { quiet: true });
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const page = await browser.newPage({ viewport: { width: 1200, height: 720 }, reducedMotion: 'reduce' });
  await page.goto(`${server.origin.replace('127.0.0.1', 'localhost')}/demo/`);
  await page.locator('#placet [data-placet=banner]').waitFor();
  mkdirSync(at('docs'), { recursive: true });
  await page.screenshot({ path: at('docs', 'banner.png') });
  await browser.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});
