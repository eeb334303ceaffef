/** Scripts that wait for the page's own events, unblocked when these have passed. */
import { expect, receipt, test, ui } from '../site.ts';
import { article, ran, settled, tells } from '../vendor.ts';
import { library } from './library.ts';

test('what a script registers for events that have passed is called, once, and nobody else hears them again', async ({
  page,
  site,
  snippet,
  trackers,
}) => {
  const mark = 'type="text/plain" data-consent="analytics"';
  const tell = (name: string) => tells(trackers, name);
  const external = trackers.serve(
    '/external.js',
    'text/javascript',
    `document.addEventListener('DOMContentLoaded', () => {${tell('external ready')}});
     window.addEventListener('load', { handleEvent() {${tell('external load')}} }, { once: true });
     window.onload = () => {${tell('external onload')}};`,
  );
  const late = trackers.serve(
    '/async.js',
    'text/javascript',
    `document.addEventListener('DOMContentLoaded', () => {${tell('async ready')}});`,
  );
  const html = article(
    snippet,
    `<script ${mark}>
      document.addEventListener('DOMContentLoaded', function (event) {
        if (this === document && event.target === document && event.type === 'DOMContentLoaded' && (window.later || document.readyState !== 'complete')) {${tell('inline ready')}}
      });
      document.addEventListener('readystatechange', () => {${tell('inline state')}});
      addEventListener('DOMContentLoaded', () => {${tell('inline window')}});
      document.addEventListener('click', () => {${tell('inline click')}});
    </script>
    <script ${mark} data-src="${external}"></script>
    <script ${mark}>
      window.later = true;
      if (document.readyState === 'loading') addEventListener('load', () => {${tell('never')}}); else {${tell('at once')}}
      $(() => {${tell('jQuery ready')}});
    </script>
    <script ${mark} async data-src="${late}"></script>
    <script>
      window.own = [];
      for (const type of ['DOMContentLoaded', 'load']) addEventListener(type, () => own.push(type));
    </script>`,
    `<script src="${library(site, 'jquery/dist/jquery.min.js')}"></script>`,
  );
  await page.goto(site.page('/ready', html));
  await expect(ui(page).banner).toBeVisible();
  await page.waitForFunction('own.length === 2');
  await ui(page).acceptAll.click();
  const names = ['async ready', 'at once', 'external load', 'external onload', 'external ready', 'inline ready'];
  names.push('inline state', 'inline window', 'jQuery ready');
  await expect.poll(() => ran(trackers).sort()).toEqual(names);
  const order = ran(trackers);
  expect(order.indexOf('at once')).toBeLessThan(order.indexOf('inline ready'));
  expect(order.indexOf('inline ready')).toBeLessThan(order.indexOf('external ready'));
  expect(order.indexOf('external ready')).toBeLessThan(order.indexOf('external load'));
  expect(await page.evaluate('own')).toEqual(['DOMContentLoaded', 'load']);
  // Who registers now is not one of them.
  await page.evaluate(`document.addEventListener('DOMContentLoaded', () => {${tell('stranger')}})`);
  await settled(page, trackers);
  expect(ran(trackers)).not.toContain('stranger');

  // For a returning visitor the events have passed, or are still to come: they are called once, in any case. The
  // document's state may change twice.
  await receipt(page);
  trackers.clear();
  await page.reload();
  const heard = () =>
    ran(trackers).filter((name, index, all) => name !== 'inline state' || all.indexOf(name) === index);
  await expect.poll(() => heard().sort()).toEqual(names);
  await settled(page, trackers);
  expect(heard().sort()).toEqual(names);
});
