/** Frames that nobody marks up and that code adds later: `iframeBlock` holds them before their request leaves. */
import type { Page } from '@playwright/test';
import { expect, test, ui } from '../site.ts';
import { article, asked, settled } from '../vendor.ts';

const guarded = (page: Page) =>
  page.waitForResponse(async (response) => {
    return /\/sdk\/placet-.*\.js$/.test(response.url()) && (await response.text()).includes('createContextualFragment');
  });

/** Ways in which code brings a frame, by the name of the page that it shows. */
const WAYS: Record<string, string> = {
  appended: `const frame = make(address); post.append(frame)`,
  'appended-child': `post.appendChild(make(address))`,
  inserted: `post.insertBefore(make(address), post.firstChild)`,
  wrapped: `const box = document.createElement('section'); box.append(make(address)); post.prepend(box)`,
  'inner-html': `const box = post.appendChild(document.createElement('div')); box.innerHTML = '<p><iframe title="x" src="' + address + '"></iframe></p>'`,
  adjacent: `post.insertAdjacentHTML('beforeend', '<iframe title="x" src="' + address + '"></iframe>')`,
  'outer-html': `post.appendChild(document.createElement('div')).outerHTML = '<iframe title="x" src="' + address + '"></iframe>'`,
  fragment: `post.append(document.createRange().createContextualFragment('<iframe title="x" src="' + address + '"></iframe>'))`,
  template: `const t = document.createElement('template'); t.innerHTML = '<iframe title="x" src="' + address + '"></iframe>'; post.append(t.content.cloneNode(true))`,
  'set-later': `const frame = make(); post.append(frame); frame.src = address`,
  'attribute-later': `const frame = make(); post.append(frame); frame.setAttribute('src', address)`,
  replaced: `const p = post.appendChild(document.createElement('p')); p.replaceWith(make(address))`,
};

test('however code adds them', async ({ page, site, snippet, trackers }) => {
  const block = `<script>window.placet = [['iframeBlock', { selector: '.post iframe[src*="video"]', service: 'youtube' }]];</script>`;
  const arrives = guarded(page);
  await page.goto(site.page('/later', article(snippet, '<div class="post"></div><div id="other"></div>', block)));
  await arrives;
  await expect(ui(page).banner).toBeVisible();
  await page.evaluate(`
    const post = document.querySelector('.post');
    const make = (address) => Object.assign(document.createElement('iframe'), { title: 'x', ...(address && { src: address }) });
    ${Object.entries(WAYS)
      .map(([name, code]) => `{ const address = '${trackers.origin}/${name}.html?video'; ${code}; }`)
      .join('\n')}
    document.querySelector('#other').append(make('${trackers.origin}/outside.html?video'));
    post.append(make('${trackers.origin}/map.html'));`);
  await expect(page.getByRole('group')).toHaveCount(Object.keys(WAYS).length);
  await expect.poll(() => asked(trackers)).toEqual(['/map.html', '/outside.html']);
  await settled(page, trackers);
  expect(asked(trackers)).toEqual(['/map.html', '/outside.html']);

  trackers.clear();
  await ui(page).acceptAll.click();
  const paths = Object.keys(WAYS).map((name) => `/${name}.html`);
  await expect.poll(() => asked(trackers)).toEqual(paths.sort());
  await settled(page, trackers);
  expect(asked(trackers)).toEqual(paths);
  // What is granted is not touched any more.
  await page.evaluate((origin) => {
    const frame = Object.assign(document.createElement('iframe'), { src: `${origin}/granted.html?video` });
    document.querySelector('.post')!.append(frame);
  }, trackers.origin);
  await expect.poll(() => trackers.hits().byPath['/granted.html']).toBe(1);
});
