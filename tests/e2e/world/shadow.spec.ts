/** Marks inside shadow roots, and in other documents of the page. */
import { expect, test, ui } from '../site.ts';
import { article, asked, ran, settled, tells } from '../vendor.ts';

test('open shadow roots are followed, whenever and however they come', async ({ page, site, snippet, trackers }) => {
  const inner = (name: string) => `
    <script type="text/plain" data-consent="analytics">${tells(trackers, name)}</script>
    <img data-consent="google-ads" data-src="${trackers.origin}/${name}.gif" alt="">
    <iframe data-consent="youtube" data-src="${trackers.origin}/${name}.html" title="Film ${name}"></iframe>`;
  const text = (name: string) => JSON.stringify(inner(name)).replaceAll('</script>', '<\\/script>');
  const html = article(
    snippet,
    `<div><template shadowrootmode="open">${inner('declared')}
      <section><template shadowrootmode="open">${inner('nested')}</template></section></template></div>
    <x-late></x-late>
    <div id="host"></div>`,
    `<script>
      class Early extends HTMLElement { connectedCallback() { this.attachShadow({ mode: 'open' }).innerHTML = ${text('early')}; } }
      customElements.define('x-early', Early);
    </script><script>document.write('<x-early></x-early>')</script>`,
  );
  await page.goto(site.page('/shadow', html));
  await expect(ui(page).banner).toBeVisible();
  await page.evaluate(
    ({ late, scripted, added }) => {
      customElements.define(
        'x-late',
        class extends HTMLElement {
          connectedCallback() {
            setTimeout(() => (this.attachShadow({ mode: 'open' }).innerHTML = late));
          }
        },
      );
      document.querySelector('#host')!.attachShadow({ mode: 'open' }).innerHTML = scripted;
      const box = document.createElement('div');
      box.setHTMLUnsafe(`<article><template shadowrootmode="open">${added}</template></article>`);
      document.querySelector('main')!.append(box);
    },
    { late: inner('late'), scripted: inner('scripted'), added: inner('added') },
  );
  const names = ['added', 'declared', 'early', 'late', 'nested', 'scripted'];
  for (const name of names) await expect(page.getByRole('group', { name: `Film ${name}` })).toBeVisible();
  await settled(page, trackers);
  expect(asked(trackers)).toEqual([]);
  // What is blocked lies over its frame, there as well.
  const places = await page.evaluate(() => {
    const root = document.querySelector('#host')!.shadowRoot!;
    const [frame, group] = ['iframe', '[data-placet-placeholder]'].map((selector) => {
      const { left, top, width, height } = root.querySelector(selector)!.getBoundingClientRect();
      return [left, top, width, height].map(Math.round);
    });
    return { frame, group, visibility: getComputedStyle(root.querySelector('iframe')!).visibility };
  });
  expect(places.group).toEqual(places.frame);
  expect(places.visibility).toBe('hidden');

  await ui(page).acceptAll.click();
  await expect.poll(() => ran(trackers).sort()).toEqual(names);
  const files = names.flatMap((name) => [`/${name}.gif`, `/${name}.html`]);
  await expect.poll(() => asked(trackers).filter((path) => path !== '/ran')).toEqual(files);
  // What comes into one of them now is met, too.
  await page.evaluate((origin) => {
    const root = document.querySelector('#host')!.shadowRoot!;
    root.append(Object.assign(document.createElement('script'), { type: 'text/plain', text: 'window.came = true' }));
    root.lastElementChild!.setAttribute('data-consent', 'analytics');
    root.append(document.createElement('img'));
    root.lastElementChild!.setAttribute('data-consent', 'google-ads');
    root.lastElementChild!.setAttribute('data-src', `${origin}/came.gif`);
  }, trackers.origin);
  await expect.poll(() => page.evaluate('window.came')).toBe(true);
  await expect.poll(() => asked(trackers)).toContain('/came.gif');
});

test('a closed shadow root and the document of a frame are followed once the page says so', async ({
  page,
  site,
  snippet,
  trackers,
}) => {
  const inner = (name: string) => `
    <script type="text/plain" data-consent="analytics">window.ranIn = document.location.href</script>
    <img data-consent="google-ads" data-src="${trackers.origin}/${name}.gif" alt="">
    <iframe data-consent="youtube" data-src="${trackers.origin}/${name}.html" title="Film ${name}"></iframe>`;
  site.page('/inner', `<!doctype html><title>Inner</title>${inner('frame')}`);
  await page.goto(
    site.page('/closed', article(snippet, '<div id="host"></div><iframe src="/inner" id="own"></iframe>')),
  );
  await expect(ui(page).banner).toBeVisible();
  await page.evaluate((inner) => {
    const root = document.querySelector('#host')!.attachShadow({ mode: 'closed' });
    root.innerHTML = inner;
    const own = document.querySelector<HTMLIFrameElement>('#own')!;
    window.placet?.push((manager) => {
      manager.scan(root);
      manager.scan(own.contentDocument!);
    });
  }, inner('closed'));
  await settled(page, trackers);
  expect(asked(trackers)).toEqual([]);
  await ui(page).acceptAll.click();
  await expect.poll(() => asked(trackers)).toEqual(['/closed.gif', '/closed.html', '/frame.gif', '/frame.html']);
  // A script runs in the document that it stands in.
  const inFrame = page.frames().find((frame) => frame.url().endsWith('/inner'))!;
  await expect.poll(() => inFrame.evaluate('window.ranIn')).toContain('/inner');
  expect(await page.evaluate('window.ranIn')).toContain('/closed');
});
