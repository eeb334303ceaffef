/** Automatic blocking: on a page that nobody has marked up, what goes to a declared domain waits. */
import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
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

test('a form whose fields hide its members: what comes with it waits', async ({
  page,
  site,
  trackers,
  first,
  chat,
}) => {
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  trackers.serve('/form.js', 'text/javascript', tells(trackers, 'form'));
  const fields = ['querySelectorAll', 'matches', 'getAttribute', 'localName'].map((name) => `<input name="${name}">`);
  const form = `<form>${fields.join('')}<script src="${chat('/form.js')}"></script></form>`;
  await page.goto(site.page('/hidden-members', page1(first, form)));
  // Playwright's own assertions describe the page, which it can't where fields hide a form's members.
  await expect.poll(() => ui(page).banner.isVisible()).toBe(true);
  await settled(page, trackers);
  // The browser may have looked ahead and asked for it.
  expect(ran(trackers)).toEqual([]);
  await ui(page).acceptAll.click();
  await expect.poll(() => ran(trackers)).toEqual(['form']);
  expect(wrong).toEqual([]);
});

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

test('what scripts write into the page waits, in pieces too, and runs once', async ({
  page,
  site,
  trackers,
  first,
  chat,
  own,
}) => {
  for (const name of ['whole', 'pieces', 'line', 'own', 'two', 'svg', 'parsed-svg']) {
    trackers.serve(`/${name}.js`, 'text/javascript', tells(trackers, name));
  }
  const body = `<div><script>
    document.write('<p id="written">Written</p><script src="${chat('/whole.js')}"></scr' + 'ipt><b>after</b>');
    document.write('<scr', 'ipt src=');
    document.write('"${chat('/pieces.js')}');
    document.write('"></scr' + 'ipt>');
    document.writeln('<script async src=${chat('/line.js')}></scr' + 'ipt>');
    document.write('<script>window.text = "<img src=\\'${chat('/text.gif')}\\'>"; ${tells(trackers, 'inline').replaceAll("'", "\\'")}</scr' + 'ipt>');
    document.write('<img src="${chat('/picture.gif')}" alt=""><iframe src="${chat('/frame.html')}" title="A chat"></iframe>');
    document.write('1 < 2, <i>and so on</i><script src="${own('/own.js')}"></scr' + 'ipt>');
    document.write('<script src="${chat('/two.js')}"></scr' + 'ipt><script src="${chat('/two.js?again')}"></scr' + 'ipt>');
    document.write('<svg><script href="${chat('/svg.js')}"></scr' + 'ipt></svg>');
  </script></div>
  <svg><script href="${chat('/parsed-svg.js')}"></script><script xlink:href="${chat('/parsed-svg.js?xlink')}"></script></svg>
  <p id="end">The end</p>`;
  await page.goto(site.page('/writes', page1(first, body)));
  await expect(ui(page).banner).toBeVisible();
  await expect(page.locator('#written')).toHaveText('Written');
  await expect(page.locator('b')).toHaveText('after');
  await expect(page.locator('i')).toHaveText('and so on');
  await expect(page.locator('div > *').last()).not.toHaveAttribute('id', 'end');
  await settled(page, trackers);
  expect(ran(trackers)).toEqual(['inline', 'own']);
  expect(await page.evaluate('window.text')).toBe(`<img src='${chat('/text.gif')}'>`);
  expect(asked(trackers).filter((path) => /gif|html/.test(path))).toEqual([]);

  trackers.clear();
  await grant(page, 'drift');
  const names = ['line', 'parsed-svg', 'parsed-svg', 'pieces', 'two', 'two', 'whole'];
  await expect.poll(() => ran(trackers).sort()).toEqual(names);
  await settled(page, trackers);
  expect(ran(trackers).sort()).toEqual(names);
  expect(asked(trackers)).toEqual(expect.arrayContaining(['/frame.html', '/picture.gif']));
});

/** Ways in which code has an element load something, by the file that it loads. */
const BY_CODE: Record<string, string> = {
  'srcset.gif': `new Image().srcset = address + ' 1x, ' + address + ' 2x'`,
  'source.gif': `const picture = add('picture'); picture.append(make('source')); picture.firstChild.srcset = address; picture.append(make('img')); picture.lastChild.src = 'data:,'`,
  'video.mp4': `add('video').src = address`,
  'poster.gif': `add('video').poster = address`,
  'audio.mp3': `window.audio = new Audio(address)`,
  'style.css': `Object.assign(add('link'), { rel: 'stylesheet', href: address })`,
  'late-rel.css': `Object.assign(add('link'), { href: address, rel: 'stylesheet' })`,
  'preload.js': `Object.assign(add('link'), { rel: 'preload', as: 'script', href: address })`,
  'prefetch.js': `Object.assign(add('link'), { rel: 'prefetch', href: address })`,
  'module.js': `Object.assign(add('link'), { rel: 'modulepreload', href: address })`,
  'object.html': `Object.assign(add('object'), { type: 'text/html', data: address })`,
  'embed.html': `Object.assign(add('embed'), { type: 'text/html', src: address })`,
  'input.gif': `Object.assign(add('input'), { type: 'image', src: address })`,
  'svg.gif': `const svg = add('svg', SVG); svg.append(make('image', SVG)); svg.firstChild.setAttributeNS('http://www.w3.org/1999/xlink', 'xlink:href', address)`,
  'svg-script.js': `const svg = add('svg', SVG); const script = make('script', SVG); script.setAttribute('href', address); svg.append(script)`,
  'inner.gif': `add('div').innerHTML = '<p><img src="' + address + '"></p>'`,
  'inner.html': `add('div').innerHTML = '<iframe src="' + address + '" title="inner"></iframe>'`,
  'inner.css': `add('div').innerHTML = '<link rel="stylesheet" href="' + address + '">'`,
  'outer.gif': `add('div').outerHTML = '<div><img src="' + address + '"></div>'`,
  'adjacent.gif': `add('div').insertAdjacentHTML('beforebegin', '<img src="' + address + '">')`,
  'unsafe.gif': `add('div').setHTMLUnsafe('<img src="' + address + '">')`,
  'fragment.js': `add('div').append(document.createRange().createContextualFragment('<script src="' + address + '"><\\/script>'))`,
  'fragment.gif': `add('div').append(document.createRange().createContextualFragment('<img src="' + address + '">'))`,
  'template.js': `const t = make('template'); t.innerHTML = '<script src="' + address + '"><\\/script>'; add('div').append(document.importNode(t.content, true))`,
  'template.gif': `const t = make('template'); t.innerHTML = '<img src="' + address + '">'; add('div').append(t.content.cloneNode(true))`,
  'parsed.gif': `add('div').replaceChildren(...new DOMParser().parseFromString('<img src="' + address + '">', 'text/html').body.children)`,
  'shadow.gif': `add('div').attachShadow({ mode: 'open' }).innerHTML = '<img src="' + address + '">'`,
  'base.gif': `const base = make('base'); base.href = address; document.head.append(base); new Image().src = 'base.gif'`,
};

test('each way of code to have an element load is held, and goes on once', async ({
  page,
  site,
  trackers,
  first,
  chat,
}) => {
  // Some load only what is of their kind.
  for (const name of ['svg-script.js', 'fragment.js', 'template.js', 'module.js']) {
    trackers.serve(`/${name}`, 'text/javascript', '');
  }
  for (const name of ['object.html', 'embed.html', 'inner.html']) trackers.serve(`/${name}`, 'text/html', '<p>x');
  await page.goto(site.page('/by-code', page1(first, '')));
  await expect(ui(page).banner).toBeVisible();
  await page.evaluate(`
    const SVG = 'http://www.w3.org/2000/svg';
    const make = (tag, space = 'http://www.w3.org/1999/xhtml') => document.createElementNS(space, tag);
    const add = (...what) => document.querySelector('main').appendChild(make(...what));
    ${Object.entries(BY_CODE)
      .map(([name, code]) => `{ const address = '${chat(`/${name}`)}'; ${code}; }`)
      .join('\n')}`);
  await settled(page, trackers);
  expect(asked(trackers)).toEqual([]);
  await grant(page, 'drift');
  const names = Object.keys(BY_CODE).map((name) => `/${name}`);
  await expect.poll(() => [...new Set(asked(trackers))]).toEqual(names.sort());
});

/** The table "What it cannot stop" of docs/blocking.md, by what it is called there. */
const OUT_OF_REACH: Record<string, (address: string) => string> = {
  'import()': (address) => `import('${address}').catch(() => {})`,
  EventSource: (address) => `new EventSource('${address}')`,
  WebSocket: (address) => `new WebSocket('${address.replace('http', 'ws')}')`,
  'a worker': (address) =>
    `new Worker(URL.createObjectURL(new Blob(["fetch('${address}', { mode: 'no-cors' })"], { type: 'text/javascript' })))`,
  FontFace: (address) => `new FontFace('x', 'url(${address})').load().catch(() => {})`,
  'a style': (address) => `document.body.style.background = 'url(${address})'`,
  'a style sheet': (
    address,
  ) => `{ const sheet = new CSSStyleSheet(); sheet.replaceSync('h1 { background: url(${address}) }');
      document.adoptedStyleSheets = [sheet]; }`,
  'the document of a frame': (address) =>
    `document.body.append(Object.assign(document.createElement('iframe'), { srcdoc: '<img src="${address}">' }))`,
  setAttributeNode: (address) => `{ const attribute = document.createAttribute('src'); attribute.value = '${address}';
      document.createElement('img').setAttributeNode(attribute); }`,
};

for (const [name, code] of Object.entries(OUT_OF_REACH)) {
  test(`out of its reach, as the documentation says: ${name}`, async ({ page, site, trackers, first, chat }) => {
    const documented = readFileSync('docs/blocking.md', 'utf8').split('### What it cannot stop')[1] ?? '';
    expect(documented.split('\n## ')[0]).toContain(name.replace(/^(a|the) /, ''));
    await page.goto(site.page('/reach', page1(first, '')));
    await expect(ui(page).banner).toBeVisible();
    await page.evaluate(code(chat('/leak')));
    await expect.poll(() => asked(trackers)).toContain('/leak');
  });
}

test('out of its reach, as the documentation says: what the browser reads ahead in the page', async ({
  page,
  site,
  trackers,
  first,
  chat,
}) => {
  trackers.serve('/ahead.js', 'text/javascript', tells(trackers, 'ahead'));
  const body = `<script src="${chat('/ahead.js')}"></script><img src="${chat('/ahead.gif')}" alt="">
    <link rel="stylesheet" href="${chat('/ahead.css')}">`;
  await page.goto(site.page('/ahead', page1(first, body)));
  await expect(ui(page).banner).toBeVisible();
  await expect.poll(() => asked(trackers)).toEqual(['/ahead.css', '/ahead.gif', '/ahead.js']);
  await settled(page, trackers);
  expect(ran(trackers)).toEqual([]);
});
