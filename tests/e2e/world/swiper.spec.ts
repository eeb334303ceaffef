/** Swiper, which moves slides about in a loop, and in its older versions copies them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib.mjs';
import { expect, test, ui } from '../site.ts';
import { article, asked, settled } from '../vendor.ts';
import { library } from './library.ts';

for (const folder of ['swiper', 'swiper-8']) {
  test(`${folder}: slides that are copied before the grant show their pictures after it`, async ({
    page,
    site,
    snippet,
    trackers,
  }) => {
    const css = readFileSync(join(root, 'node_modules', folder, 'swiper-bundle.min.css'), 'utf8');
    const slide = (name: string) =>
      `<div class="swiper-slide"><img data-consent="google-ads" data-src="${trackers.origin}/${name}.gif" alt="${name}" width="200" height="100"></div>`;
    const html = article(
      snippet,
      `<div class="swiper"><div class="swiper-wrapper">${['one', 'two', 'three'].map(slide).join('')}</div></div>`,
      `<style>${css}</style>`,
    );
    await page.goto(site.page('/slides', html));
    await expect(ui(page).banner).toBeVisible();
    await page.addScriptTag({ url: library(site, `${folder}/swiper-bundle.min.js`) });
    await page.evaluate(`window.slides = new Swiper('.swiper', { loop: true, speed: 0 })`);
    for (let time = 0; time < 5; time++) await page.evaluate('slides.slideNext(0)');
    await settled(page, trackers);
    expect(asked(trackers)).toEqual([]);
    await ui(page).acceptAll.click();
    const all = ['/one.gif', '/three.gif', '/two.gif'];
    await expect.poll(() => [...new Set(asked(trackers))]).toEqual(all);
    for (let time = 0; time < 5; time++) await page.evaluate('slides.slideNext(0)');
    await expect(page.locator('.swiper-slide img:not([src])')).toHaveCount(0);
  });
}
