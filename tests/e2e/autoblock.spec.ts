/** Automatic blocking: on a page that nobody has marked up, what goes to a declared domain waits. */
import type { Page } from '@playwright/test';
import { expect, receipt, test as base, ui } from './site.ts';
import { applyVariant } from './variant.ts';
import { article, asked, ran, settled, tells } from './vendor.ts';

interface Blocking {
  /** The snippet, as the page's first script. */
  first: string;
  /** Addresses on the tracker host by the names that services have declared. */
  chat: (path: string) => string;
  stats: (path: string) => string;
  /** One that Google Analytics and Google Ads share. */
  tags: (path: string) => string;
  /** One that no service has declared. */
  own: (path: string) => string;
}

const test = base.extend<Blocking>({
  first: async ({ server }, use) => {
    const snippet = applyVariant(
      server,
      81,
      [
        ['domains = ["js.driftt.com"', 'domains = ["chat.shop.test"'],
        ['domains = ["*.google-analytics.com"', 'domains = ["*.stats.shop.test", "tags.shop.test"'],
        ['domains = ["www.googleadservices.com"', 'domains = ["tags.shop.test"'],
      ],
      'id="snippet"',
    );
    await use(snippet.replace('widget=81', 'widget=81&autoblock=1'));
  },
  chat: async ({ trackers }, use) => use((path) => trackers.origin.replace('127.0.0.1', 'chat.shop.test') + path),
  stats: async ({ trackers }, use) => use((path) => trackers.origin.replace('127.0.0.1', 'eu.stats.shop.test') + path),
  tags: async ({ trackers }, use) => use((path) => trackers.origin.replace('127.0.0.1', 'tags.shop.test') + path),
  own: async ({ trackers }, use) => use((path) => trackers.origin.replace('127.0.0.1', 'static.shop.test') + path),
});

/** A page whose snippet is its first script. */
const page1 = (first: string, body: string): string => article('', body, first);

async function grant(page: Page, ...slugs: string[]): Promise<void> {
  await ui(page).settings.click();
  for (const slug of slugs) await ui(page).service(slug).check();
  await ui(page).save.click();
}

test('elements that code makes wait with their listeners, and are asked for once', async ({
  page,
  site,
  trackers,
  first,
  chat,
  own,
}) => {
  const file = (name: string) => void trackers.serve(`/${name}.js`, 'text/javascript', tells(trackers, name));
  ['property', 'attribute', 'typed', 'appended', 'last', 'own', 'changed'].forEach(file);
  const body = `<script>
    window.loads = [];
    const heard = (name) => () => loads.push(name);

    const property = document.createElement('script');
    property.async = true;
    property.src = '${chat('/property.js')}';
    property.onload = heard('property');
    property.addEventListener('load', heard('property again'));
    document.head.append(property);

    const attribute = document.createElement('script');
    attribute.setAttribute('src', '${chat('/attribute.js')}');
    attribute.onload = heard('attribute');
    document.head.append(attribute);

    const typed = document.createElement('script');
    typed.src = '${chat('/typed.js').replace('http:', '')}';
    typed.type = 'text/javascript';
    document.head.insertBefore(typed, document.head.firstChild);

    const appended = document.createElement('script');
    document.body.append(appended);
    appended.src = '${chat('/appended.js')}';

    const failing = document.createElement('script');
    failing.src = '${chat('/failing.js')}';
    failing.onerror = heard('failing');
    document.body.append(failing);

    const last = document.createElement('script');
    last.src = '${chat('/not-last.js')}';
    last.src = '${chat('/last.js')}';
    document.body.append(last);

    const changed = document.createElement('script');
    changed.src = '${chat('/not-changed.js')}';
    changed.src = '${own('/changed.js')}';
    document.body.append(changed);

    const pixel = new Image();
    pixel.onload = heard('pixel');
    pixel.src = '${chat('/pixel.gif?1')}';
    window.read = [property.src, pixel.src];
    const img = document.createElement('img');
    img.alt = '';
    img.setAttribute('src', '${chat('/img.gif')}');
    document.body.append(img);

    const frame = document.createElement('iframe');
    frame.title = 'property';
    frame.src = '${chat('/frame.html')}';
    document.body.append(frame);
    const late = document.createElement('iframe');
    late.title = 'attribute';
    document.body.append(late);
    late.setAttribute('src', '${chat('/late.html')}');

    const other = document.createElement('script');
    other.src = '${own('/own.js')}';
    document.head.append(other);
    new Image().src = '${own('/own.gif')}';
    const otherFrame = document.createElement('iframe');
    otherFrame.src = '${own('/own.html')}';
    document.body.append(otherFrame);
  </script>`;
  await page.goto(site.page('/elements', page1(first, body)));
  await expect(ui(page).banner).toBeVisible();
  const untouched = ['/changed.js', '/own.gif', '/own.html', '/own.js', '/ran', '/ran'];
  await expect.poll(() => asked(trackers)).toEqual(untouched);
  await expect(page.getByRole('group')).toHaveCount(2);
  await settled(page, trackers);
  expect(asked(trackers)).toEqual(untouched);
  expect(await page.evaluate(() => (window as unknown as { read: string[] }).read)).toEqual([
    chat('/property.js'),
    chat('/pixel.gif?1'),
  ]);

  trackers.clear();
  await grant(page, 'drift');
  const names = ['property', 'attribute', 'typed', 'appended', 'last'];
  const held = [...names, 'failing'].map((name) => `/${name}.js`);
  held.push('/pixel.gif', '/img.gif', '/frame.html', '/late.html', ...names.map(() => '/ran'));
  await expect.poll(() => asked(trackers)).toEqual(held.sort());
  const loads = () => page.evaluate(() => (window as unknown as { loads: string[] }).loads.sort());
  await expect.poll(loads).toEqual(['attribute', 'failing', 'pixel', 'property', 'property again']);
  await settled(page, trackers);
  expect(asked(trackers)).toEqual(held);
  expect(ran(trackers).sort()).toEqual(names.sort());
});

test('fetch, XMLHttpRequest and beacons wait, and are sent once', async ({
  page,
  site,
  trackers,
  first,
  chat,
  own,
}) => {
  trackers.serve('/fetched', 'text/plain', 'fetched');
  trackers.serve('/xhr', 'text/plain', 'xhr');
  const body = `<script>
    window.answers = [];
    const answer = (text) => answers.push(text);
    fetch('${chat('/fetched?1')}').then((response) => response.text()).then(answer);
    fetch(new Request('${chat('/fetched?2')}', { method: 'POST', body: 'x' })).then((response) => response.text()).then(answer);
    fetch(new URL('${chat('/fetched?3')}')).then((response) => response.text()).then(answer);

    const xhr = new XMLHttpRequest();
    xhr.open('POST', '${chat('/xhr?1')}');
    xhr.onload = () => answer(xhr.responseText);
    xhr.send('x');
    const again = new XMLHttpRequest();
    again.open('GET', '${chat('/xhr?not')}');
    again.send();
    again.open('GET', '${chat('/xhr?again')}');
    again.onload = () => answer('again ' + again.responseText);
    again.send();
    const stopped = new XMLHttpRequest();
    stopped.open('GET', '${chat('/xhr?stopped')}');
    stopped.send();
    stopped.abort();

    answer(navigator.sendBeacon('${chat('/beacon')}', 'x'));

    fetch('${own('/fetched?own')}').then((response) => response.text()).then((text) => answer('own ' + text));
    const ownXhr = new XMLHttpRequest();
    ownXhr.open('GET', '${own('/xhr?own')}');
    ownXhr.onload = () => answer('own ' + ownXhr.responseText);
    ownXhr.send();
    navigator.sendBeacon('${own('/beacon?own')}');
    fetch(location.href).then((response) => answer(response.status));
  </script>`;
  await page.goto(site.page('/calls', page1(first, body)));
  const answers = () => page.evaluate(() => (window as unknown as { answers: unknown[] }).answers.map(String).sort());
  const reached = () =>
    trackers
      .hits()
      .requests.map(({ path, query }) => `${path}?${query}`)
      .filter((address) => !address.startsWith('/settled'))
      .sort();
  await expect.poll(answers).toEqual(['200', 'own fetched', 'own xhr', 'true']);
  await expect(ui(page).banner).toBeVisible();
  const untouched = ['/beacon?own', '/fetched?own', '/xhr?own'];
  await expect.poll(reached).toEqual(untouched);
  await settled(page, trackers);
  expect(reached()).toEqual(untouched);

  await grant(page, 'analytics');
  await settled(page, trackers);
  expect(reached(), 'another service is not this one').toEqual(untouched);

  trackers.clear();
  await page.evaluate(() => window.placet?.push((manager) => manager.acceptAll()));
  const held = ['/beacon?', '/fetched?1', '/fetched?2', '/fetched?3', '/xhr?1', '/xhr?again'];
  await expect.poll(reached).toEqual(held);
  await expect
    .poll(answers)
    .toEqual(['200', 'again xhr', 'fetched', 'fetched', 'fetched', 'own fetched', 'own xhr', 'true', 'xhr']);
  // What comes now goes at once; what is taken back is held again.
  await page.evaluate((url) => void fetch(url), chat('/fetched?4'));
  await expect.poll(reached).toEqual([...held, '/fetched?4'].sort());
  await page.evaluate(() => window.placet?.push((manager) => manager.refuseAll()));
  await expect.poll(() => page.evaluate(() => document.cookie)).toContain('drift%22%3Afalse');
  await settled(page, trackers);
  await page.evaluate((url) => void fetch(url), chat('/fetched?5'));
  await settled(page, trackers);
  expect(reached()).not.toContain('/fetched?5');
});

test('what the page itself contains does not run or show before the grant, and runs once after it, in order', async ({
  page,
  site,
  trackers,
  first,
  chat,
  stats,
  own,
}) => {
  const file = (name: string) => trackers.serve(`/${name}.js`, 'text/javascript', tells(trackers, name));
  ['one', 'two', 'module', 'stats', 'own'].forEach(file);
  const body = `<script src="${chat('/one.js')}"></script>
    <script>${tells(trackers, 'own inline')}</script>
    <script src="${chat('/two.js')}"></script>
    <script type="module" src="${chat('/module.js')}"></script>
    <script src="${stats('/stats.js')}"></script>
    <script src="${own('/own.js')}"></script>
    <script type="text/plain" data-consent="drift">${tells(trackers, 'marked up')}</script>
    <script type="text/plain" data-consent="drift" src="${chat('/one.js?marked')}"></script>
    <iframe src="${chat('/frame.html')}" title="A chat" width="400" height="300"></iframe>
    <iframe src="${own('/own.html')}" title="A map"></iframe>`;
  await page.goto(site.page('/parsed', page1(first, body)));
  await expect(page.getByRole('group', { name: 'A chat' })).toBeVisible();
  await expect(page.getByRole('group')).toHaveCount(1);
  await settled(page, trackers);
  expect(ran(trackers)).toEqual(['own inline', 'own']);
  expect(page.frames().filter((frame) => frame.url() === chat('/frame.html'))).toEqual([]);
  expect(asked(trackers)).toContain('/own.html');

  await page.getByRole('group', { name: 'A chat' }).getByRole('button', { name: /once/i }).click();
  await expect.poll(() => page.frames().map((frame) => frame.url())).toContain(chat('/frame.html'));
  expect(ran(trackers)).toHaveLength(2);

  await grant(page, 'drift');
  const all = ['own inline', 'own', 'one', 'two', 'module', 'marked up', 'one'];
  await expect.poll(() => ran(trackers)).toEqual(all);
  await settled(page, trackers);
  expect(ran(trackers)).toEqual(all);
});

test('for a visitor who has chosen, what is granted is not held at all, and what is refused is', async ({
  page,
  site,
  trackers,
  first,
  chat,
  stats,
}) => {
  trackers.serve('/chat-tag.js', 'text/javascript', tells(trackers, 'chat'));
  trackers.serve('/stats-tag.js', 'text/javascript', tells(trackers, 'stats'));
  const body = `<script src="${chat('/chat-tag.js')}"></script>
    <script>${tells(trackers, 'after')}</script>
    <script src="${stats('/stats-tag.js')}"></script>
    <script>
      fetch('${chat('/call')}', { mode: 'no-cors' });
      fetch('${stats('/call-stats')}', { mode: 'no-cors' });
      new Image().src = '${stats('/pixel-stats.gif')}';
    </script>
    <iframe src="${chat('/frame.html')}" title="A chat"></iframe>`;
  await page.goto(site.page('/returning', page1(first, body)));
  await grant(page, 'drift');
  await receipt(page);
  await expect.poll(() => ran(trackers)).toEqual(['after', 'chat']);

  trackers.clear();
  await page.reload();
  // In its place, as the parser has met it.
  await expect.poll(() => ran(trackers)).toEqual(['chat', 'after']);
  await expect.poll(() => asked(trackers)).toContain('/frame.html');
  await settled(page, trackers);
  expect(ran(trackers)).toEqual(['chat', 'after']);
  expect(trackers.hits().byPath).toMatchObject({ '/chat-tag.js': 1, '/call': 1, '/frame.html': 1 });
  expect(asked(trackers)).not.toContain('/call-stats');
  expect(asked(trackers)).not.toContain('/pixel-stats.gif');
});

for (const slug of ['analytics', 'google-ads']) {
  test(`a domain of two services is open when one of them is granted: ${slug}`, async ({
    page,
    site,
    trackers,
    first,
    tags,
  }) => {
    trackers.serve('/tag.js', 'text/javascript', tells(trackers, 'tag'));
    const body = `<script src="${tags('/tag.js')}"></script>
      <iframe src="${tags('/frame.html')}" title="An advertisement"></iframe>
      <script>fetch('${tags('/call')}', { mode: 'no-cors' }); new Image().src = '${tags('/pixel.gif')}';</script>`;
    await page.goto(site.page('/shared', page1(first, body)));
    await expect(page.getByRole('group', { name: 'An advertisement' })).toBeVisible();
    await settled(page, trackers);
    expect(ran(trackers)).toEqual([]);
    expect(asked(trackers)).not.toContain('/call');

    await grant(page, slug);
    await expect.poll(() => ran(trackers)).toEqual(['tag']);
    await expect.poll(() => page.frames().map((frame) => frame.url())).toContain(tags('/frame.html'));
    await expect.poll(() => trackers.hits().byPath['/call']).toBe(1);
    await expect.poll(() => trackers.hits().byPath['/pixel.gif']).toBe(1);
  });
}

test('it holds where nobody can be asked, and the page goes on', async ({ page, site, trackers, first, chat, own }) => {
  trackers.serve('/chat-tag.js', 'text/javascript', tells(trackers, 'chat'));
  const body = `<script src="${chat('/chat-tag.js')}"></script>
    <script>
      new Image().src = '${chat('/pixel.gif')}';
      fetch('${own('/own')}', { mode: 'no-cors' });
      ${tells(trackers, 'own')}
    </script>`;
  await page.goto(site.page('/foreign', page1(first, body)).replace('localhost', 'shop.test'));
  await expect.poll(() => ran(trackers)).toEqual(['own']);
  await expect.poll(() => asked(trackers)).toContain('/own');
  await settled(page, trackers);
  expect(ran(trackers)).toEqual(['own']);
  expect(asked(trackers)).not.toContain('/pixel.gif');
});

test('without "autoblock=1" nothing of the kind is loaded or held', async ({ page, site, trackers, first, chat }) => {
  const body = `<script>new Image().src = '${chat('/pixel.gif')}';</script>`;
  await page.goto(site.page('/plain', page1(first.replace('&autoblock=1', ''), body)));
  await expect(ui(page).banner).toBeVisible();
  await expect.poll(() => asked(trackers)).toEqual(['/pixel.gif']);
});
