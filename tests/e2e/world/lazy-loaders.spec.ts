/** Lazy loaders, which load whatever has a `data-src`: what is blocked is none of theirs. */
import type { Page } from '@playwright/test';
import { expect, test, ui } from '../site.ts';
import { article, asked, settled } from '../vendor.ts';
import { library } from './library.ts';

const LOADERS = {
  lazysizes: { file: 'lazysizes/lazysizes.min.js', mark: 'class="lazyload"', start: '' },
  'vanilla-lazyload': {
    file: 'vanilla-lazyload/dist/lazyload.iife.min.js',
    mark: 'class="lazy"',
    start: 'window.loader = new LazyLoad({ restore_on_error: true });',
  },
  lozad: {
    file: 'lozad/dist/lozad.min.js',
    mark: 'class="lozad"',
    start: 'window.loader = lozad(); loader.observe();',
  },
};

/** What a visitor sees without moving, each with a mark of a loader; `held` is what stands before the addresses' names. */
const marked = (origin: string, mark: string, held: string): string => `
  <img ${mark} data-consent="google-ads" ${held}src="${origin}/picture.gif" alt="" width="50" height="50">
  <picture>
    <source data-consent="google-ads" ${held}srcset="${origin}/wide.gif">
    <img ${mark} data-consent="google-ads" ${held}src="${origin}/narrow.gif" alt="" width="50" height="50">
  </picture>
  <img ${mark} data-consent="google-ads" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" ${held}src="${origin}/preview.gif" alt="" width="50" height="50">
  <video ${mark} data-consent="youtube" ${held}poster="${origin}/poster.gif" ${held}src="${origin}/film.mp4" width="50" height="50" controls></video>
  <iframe ${mark} data-consent="youtube" ${held}src="${origin}/frame.html" title="A film" width="300" height="150"></iframe>
  <img ${mark} data-src="${origin}/own.gif" alt="" width="50" height="50">`;

const BLOCKED = ['/film.mp4', '/frame.html', '/picture.gif', '/poster.gif', '/preview.gif', '/wide.gif'];

/** Keeps the gate from a page until the function that is returned is called. */
async function heldGate(page: Page): Promise<() => void> {
  let arrive = () => {};
  const arrives = new Promise<void>((done) => (arrive = done));
  await page.route('**/sdk/placet.js?*', async (route) => {
    await arrives;
    await route.continue();
  });
  return () => arrive();
}

for (const [name, { file, mark, start }] of Object.entries(LOADERS)) {
  test(`${name} requests nothing that is blocked, and everything once it is granted`, async ({
    page,
    site,
    snippet,
    trackers,
  }) => {
    const html = article(snippet, marked(trackers.origin, mark, 'data-'));
    await page.goto(site.page('/lazy', html));
    await expect(ui(page).banner).toBeVisible();
    await page.addScriptTag({ url: library(site, file) });
    await page.evaluate(start);
    // What is not marked up it does load.
    await expect.poll(() => asked(trackers)).toEqual(['/own.gif']);
    await page.evaluate(() => {
      for (const name of ['scroll', 'resize']) window.dispatchEvent(new Event(name));
      document.body.append(document.createElement('p'));
    });
    await settled(page, trackers);
    expect(asked(trackers)).toEqual(['/own.gif']);

    await ui(page).acceptAll.click();
    await expect.poll(() => [...new Set(asked(trackers))]).toEqual([...BLOCKED, '/own.gif'].sort());
    await settled(page, trackers);
    // A picture looks at its sources anew for each that is set.
    for (const path of BLOCKED.filter((path) => path !== '/wide.gif')) {
      expect(trackers.hits().byPath[path], path).toBe(1);
    }
  });

  test(`${name} requests nothing before the gate is there, either, where the markup is Placet's own`, async ({
    page,
    site,
    snippet,
    trackers,
  }) => {
    const arrive = await heldGate(page);
    const loader = `<script src="${library(site, file)}"></script><script>${start}</script>`;
    await page.goto(site.page('/early', article(snippet, marked(trackers.origin, mark, 'data-consent-') + loader)), {
      waitUntil: 'commit',
    });
    await expect.poll(() => asked(trackers)).toEqual(['/own.gif']);
    arrive();
    await expect(ui(page).banner).toBeVisible();
    await settled(page, trackers);
    expect(asked(trackers)).toEqual(['/own.gif']);
    await ui(page).acceptAll.click();
    await expect.poll(() => [...new Set(asked(trackers))]).toEqual([...BLOCKED, '/own.gif'].sort());
  });
}

test.describe('a loader that knows the addresses already', () => {
  /** Reads them before the gate can have come, and sets them again and again. */
  const stubborn = (how: string) => `<script>
    const found = [...document.querySelectorAll('[data-src]')].map((element) => [element, element.dataset.src]);
    window.sets = 0;
    window.begin = () => { ${how} };
  </script>`;

  for (const [name, how] of Object.entries({
    'on each frame': `(function next() {
      for (const [element, src] of found) { sets += 1; element.src = src; element.setAttribute('src', src); element.dataset.src = src; }
      requestAnimationFrame(next);
    })();`,
    'whenever the attribute changes': `
      for (const [element, src] of found) {
        const set = () => { sets += 1; if (element.getAttribute('src') !== src) element.setAttribute('src', src); };
        new MutationObserver(set).observe(element, { attributes: true });
        set();
      }`,
    'past what a page usually calls': `(function next() {
      for (const [element, src] of found) { sets += 1; Element.prototype.setAttribute.call(element, 'src', src); }
      if (sets < 60) requestAnimationFrame(next);
    })();`,
  })) {
    test(`that sets them ${name} gets no request out, and the page goes on`, async ({
      page,
      site,
      snippet,
      trackers,
    }) => {
      const html = article(
        snippet,
        `<img data-consent="google-ads" data-src="${trackers.origin}/picture.gif" alt="">
        <iframe data-consent="youtube" data-src="${trackers.origin}/frame.html" title="A film"></iframe>
        ${stubborn(how)}`,
      );
      const arrive = await heldGate(page);
      await page.goto(site.page('/stubborn', html), { waitUntil: 'commit' });
      await expect.poll(() => page.evaluate('typeof begin')).toBe('function');
      arrive();
      await expect(ui(page).banner).toBeVisible();
      await page.evaluate('begin()');
      await expect.poll(() => page.evaluate('sets')).toBeGreaterThan(1);
      await page.evaluate(() => new Promise((done) => setTimeout(done, 300)));
      const only = name.startsWith('past') ? ['/frame.html'] : [];
      await settled(page, trackers);
      // A frame's request leaves with the very call.
      expect([...new Set(asked(trackers))].filter((path) => !only.includes(path))).toEqual([]);
      await ui(page).acceptAll.click();
      await expect.poll(() => [...new Set(asked(trackers))]).toEqual(['/frame.html', '/picture.gif']);
    });
  }
});
