/**
 * `npm run gallery`: the banner and the settings in every layout, theme, three languages and two sizes, as pictures in
 * `target/gallery/`; those that `docs/gallery.md` shows are kept in `docs/gallery/`.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { at, main, say } from './lib.mjs';
import { applyWidget, startServer } from './server.mjs';

const LOOKS = {
  box: 'continue-without = true',
  bar: 'layout = "bar"\npreset = "ocean"',
  cloud: 'layout = "cloud"\npreset = "plum"\nsettings = "panel"\nshadow = "deep"',
  inline: 'layout = "inline"\npreset = "sand"\nradius = 6\nbutton-radius = 6',
  corner: 'position = "bottom-end"\npreset = "forest"\nradius = 24\nbutton-radius = 40\ntrigger = "bottom-end"',
};
const LANGUAGES = ['en', 'de', 'ar'];
const SIZES = { desktop: { width: 1200, height: 760 }, phone: { width: 390, height: 760 } };

/** What `docs/gallery.md` shows. */
const SHOWN = new Set([
  ...['box-light-en-desktop', 'box-dark-en-phone', 'box-light-en-desktop-settings', 'box-dark-en-phone-settings'],
  ...['bar-light-de-desktop', 'bar-dark-ar-desktop', 'cloud-light-en-desktop', 'cloud-dark-de-desktop-settings'],
  ...['inline-light-en-desktop', 'corner-light-ar-desktop', 'corner-dark-en-desktop', 'corner-light-de-phone-settings'],
]);

await main(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'placet-gallery-'));
  const settings = {
    PLACET_LISTEN: '127.0.0.1:0',
    PLACET_DATABASE_URL: `sqlite://${join(folder, 'placet.db')}`,
    PLACET_SITE: at('www', 'demo'),
  };
  const all = at('target', 'gallery');
  const shown = at('docs', 'gallery');
  for (const place of [all, shown]) {
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place, { recursive: true });
  }

  const demo = readFileSync(at('widgets', 'demo.toml'), 'utf8')
    .replace('languages = ["en"', 'languages = ["en", "de", "ar"')
    .replaceAll(
      '[services.description]\n',
      '[services.description]\nde = "Was der Dienst auf dieser Website tut."\nar = "ما تفعله الخدمة في هذا الموقع."\n',
    );
  const file = join(folder, 'widget.toml');
  const publish = (look) => {
    writeFileSync(file, demo.replace('[signals]', `[appearance]\n${look}\n\n[signals]`));
    applyWidget(file, settings);
  };
  publish(LOOKS.box);
  const server = await startServer(settings, { quiet: true });
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });

  for (const [name, look] of Object.entries(LOOKS)) {
    publish(look);
    for (const colorScheme of ['light', 'dark']) {
      for (const lang of LANGUAGES) {
        for (const [size, viewport] of Object.entries(SIZES)) {
          const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' });
          await page.addInitScript(
            ([lang, inline]) => {
              window.placet = [['set', 'lang', lang]];
              if (inline) {
                addEventListener('DOMContentLoaded', () =>
                  document
                    .querySelector('main')
                    ?.firstElementChild?.insertAdjacentHTML('afterend', '<div data-placet-inline></div>'),
                );
              }
            },
            [lang, name === 'inline'],
          );
          await page.goto(`${server.origin.replace('127.0.0.1', 'localhost')}/demo/`);
          const banner = page.locator('#placet [data-placet=banner]');
          await banner.waitFor();
          if (name === 'inline') await banner.scrollIntoViewIfNeeded();
          const take = async (label) => {
            const picture = await page.screenshot({ type: 'jpeg', quality: 82 });
            writeFileSync(join(all, `${label}.jpg`), picture);
            if (SHOWN.has(label)) writeFileSync(join(shown, `${label}.jpg`), picture);
          };
          const label = `${name}-${colorScheme}-${lang}-${size}`;
          await take(label);
          await page.locator('#placet [data-placet=settings]').click();
          await page.locator('#placet [data-placet=preferences]').waitFor();
          await take(`${label}-settings`);
          await page.close();
        }
      }
    }
  }
  await browser.close();
  await server.stop();
  rmSync(folder, { recursive: true });
  say(`Pictures: ${all}`);
});
