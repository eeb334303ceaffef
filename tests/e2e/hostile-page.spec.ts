/** Pages whose markup, storage or other tabs are an intruder's: nothing of theirs runs, and the visitor is asked as ever. */
import type { Page } from '@playwright/test';
import { complaints, cookie, expect, test, ui } from './site.ts';

const NONCE = 'r4nd0m';

/** Every name of the document and the window that Placet reads, and those of its own queue. */
const NAMES = [
  ...['currentScript', 'documentElement', 'body', 'head', 'cookie', 'readyState', 'querySelector', 'querySelectorAll'],
  ...[
    'createElement',
    'createElementNS',
    'addEventListener',
    'baseURI',
    'defaultView',
    'adoptedStyleSheets',
    'location',
  ],
  ...['visibilityState', 'implementation', 'getElementById', 'contains', 'nodeType', 'ownerDocument', 'prerendering'],
  ...['placet', 'placetKnown', 'dataLayer', 'uetq', 'clarity', 'trustedTypes', 'fetch', 'localStorage', 'navigator'],
  ...[
    'scheduler',
    'requestIdleCallback',
    'reportError',
    'dispatchEvent',
    'removeEventListener',
    'cookieStore',
    'crypto',
  ],
  ...['performance', 'sessionStorage', 'JSON', 'Element', 'Document', 'HTMLScriptElement', 'CSSStyleSheet', 'console'],
];

const shop = (
  head: string,
  trackers: string,
  nonce = '',
): string => `<!doctype html><html lang="en"><title>A shop</title>
  ${head}<h1>A shop</h1>
  <script type="text/plain" data-consent="session"${nonce}>window.necessary = true;</script>
  <script type="text/plain" data-consent="analytics" data-src="${trackers}/analytics.js"${nonce}></script>`;

/** The visitor is asked, accepts, and it holds on the next page. */
async function works(page: Page, hits: () => number | undefined): Promise<void> {
  // Playwright's own assertions describe the page, which it can't where fields hide a form's members.
  await expect.poll(() => ui(page).banner.isVisible()).toBe(true);
  await expect.poll(() => page.evaluate('window.necessary')).toBe(true);
  expect(hits()).toBeUndefined();
  await ui(page).acceptAll.click();
  await expect.poll(hits).toBe(1);
  expect(await cookie(page)).toMatchObject({ analytics: true, drift: true });
  await page.reload();
  await expect.poll(hits).toBe(2);
  await expect.poll(() => ui(page).trigger.isVisible()).toBe(true);
  await expect.poll(() => ui(page).banner.count()).toBe(0);
}

for (const [kind, element] of [
  ['pictures', (name: string) => `<img name="${name}" id="${name}" alt="">`],
  ['forms', (name: string) => `<form name="${name}" id="${name}"><input name="push"><input name="src"></form>`],
  ['links', (name: string) => `<a id="${name}" name="${name}" href="https://evil.test/"></a>`],
  ['frames', (name: string) => `<iframe name="${name}" id="${name}" hidden></iframe>`],
  ['objects', (name: string) => `<object name="${name}" id="${name}"></object>`],
] as const) {
  for (const place of ['before', 'after'] as const) {
    test(`${kind} named after what Placet reads, ${place} the snippet`, async ({ page, site, snippet, trackers }) => {
      const said = complaints(page);
      const named = NAMES.map(element).join('');
      const head = place === 'before' ? named + snippet : snippet.replace(' async', '') + named;
      await page.goto(site.page('/named', shop(head, trackers.origin)));
      await works(page, () => trackers.hits().byPath['/analytics.js']);
      expect(said).toEqual([]);
    });
  }
}

test('frames of other hosts named after the page’s queues', async ({ page, site, snippet, trackers }) => {
  const said = complaints(page);
  const frames = ['placet', 'placetKnown', 'dataLayer', 'uetq', 'clarity', 'scheduler', 'cookieStore'].map(
    (name) => `<iframe name="${name}" src="${trackers.origin}/frame.html" hidden></iframe>`,
  );
  await page.goto(site.page('/framed', shop(frames.join('') + snippet.replace(' async', ' defer'), trackers.origin)));
  await works(page, () => trackers.hits().byPath['/analytics.js']);
  expect(await page.evaluate(() => (window as any).dataLayer.length)).toBeGreaterThan(0);
  expect(said).toEqual([]);
});

test('a form around what is marked up, its fields named after what is read of it', async ({
  page,
  site,
  snippet,
  trackers,
}) => {
  const members = ['matches', 'querySelectorAll', 'attributes', 'parentNode', 'nextSibling', 'isConnected', 'remove'];
  const fields = [...members, 'getAttribute', 'hasAttribute', 'insertBefore', 'localName', 'children', 'closest'];
  const html = `${snippet}<form data-consent="analytics">${fields.map((name) => `<input name="${name}">`).join('')}
    <iframe data-consent="youtube" data-src="${trackers.origin}/frame.html" title="A film" width="400" height="300"></iframe>
    <script type="text/plain" data-consent="drift">window.drift = true;</script></form>`;
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  await page.goto(site.page('/form', shop(html, trackers.origin)));
  await works(page, () => trackers.hits().byPath['/analytics.js']);
  expect(await page.evaluate('window.drift')).toBe(true);
  await expect.poll(() => trackers.hits().byPath['/frame.html']).toBe(2);
  expect(wrong).toEqual([]);
});

/** A form whose fields hide its own members. */
const FORM = `<form id="hidden-members">${[
  ...['matches', 'querySelectorAll', 'parentNode', 'nodeType', 'nextSibling', 'insertBefore', 'appendChild', 'append'],
  ...[
    'ownerDocument',
    'replaceWith',
    'replaceChildren',
    'before',
    'after',
    'cloneNode',
    'localName',
    'attributes',
    'namespaceURI',
  ],
]
  .map((name) => `<input name="${name}">`)
  .join('')}`;

test('code that puts frames into a form whose fields hide its members: they are blocked, and the page goes on', async ({
  page,
  site,
  snippet,
  trackers,
}) => {
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  const block = `<script>window.placet = [['iframeBlock', { selector: 'form iframe', service: 'youtube' }]];</script>`;
  await page.goto(site.page('/inserted', shop(`${block}${snippet}${FORM}</form>`, trackers.origin)));
  await expect.poll(() => ui(page).banner.isVisible()).toBe(true);
  await page.evaluate(async (origin) => {
    const form = document.querySelector('#hidden-members')!;
    const frame = (name: string) =>
      Object.assign(document.createElement('iframe'), { src: `${origin}/${name}.html`, title: name });
    // The guard is a part of its own: until it is there a frame is stopped, not held.
    while (/native code/.test(`${Node.prototype.appendChild}`)) await new Promise(requestAnimationFrame);
    Node.prototype.appendChild.call(form, frame('node'));
    Element.prototype.append.call(form, frame('element'));
    Element.prototype.insertAdjacentHTML.call(form, 'beforeend', `<iframe src="${origin}/markup.html"></iframe>`);
    const outside = document.createElement('div');
    outside.append(document.importNode(form, true));
    document.body.append(outside);
  }, trackers.origin);
  await expect.poll(() => page.locator('iframe[data-consent="youtube"]').count()).toBe(6);
  await ui(page).refuseAll.click();
  await expect.poll(() => ui(page).banner.count()).toBe(0);
  expect(Object.keys(trackers.hits().byPath)).toEqual([]);
  expect(wrong).toEqual([]);
});

test('the focus in a form whose fields hide its members, with the banner covered: the page goes on', async ({
  page,
  site,
  snippet,
  trackers,
}) => {
  await page.goto(site.page('/focus', shop(`${snippet}<dialog>${FORM}</form></dialog>`, trackers.origin)));
  await expect.poll(() => ui(page).banner.isVisible()).toBe(true);
  await page.evaluate(() => document.querySelector('dialog')!.showModal());
  await page.evaluate(() => document.querySelector<HTMLInputElement>('[name=append]')!.focus());
  await ui(page).refuseAll.click();
  await expect.poll(() => ui(page).banner.count()).toBe(0);
});

for (const [about, headers] of [
  ['', {}],
  [
    ', under a strict policy',
    { 'content-security-policy': `script-src 'nonce-${NONCE}' 'strict-dynamic' 'wasm-unsafe-eval'` },
  ],
] as const) {
  for (const element of ['img', 'embed', 'iframe', 'object', 'form']) {
    test(`<${element} name=currentScript> that names another server${about}`, async ({
      page,
      site,
      snippet,
      trackers,
    }) => {
      const evil = `${trackers.origin}/sdk/x.js?key=pk_demo&widget=43`;
      const inside = element === 'form' ? `<input name="src" value="${evil}"><input name="nonce">` : '';
      const faked = `<${element} name="currentScript" id="currentScript" src="${evil}">${inside}</${element}>`;
      const html = shop(
        faked + snippet.replace('<script', `<script nonce="${NONCE}"`),
        trackers.origin,
        ` nonce="${NONCE}"`,
      );
      const own = `<script type="text/plain" data-consent="session">window.foreign = true;</script>`;
      await page.goto(site.page('/faked', html + own, headers));
      await expect(ui(page).banner).toBeVisible();
      await ui(page).acceptAll.click();
      await expect.poll(() => trackers.hits().byPath['/analytics.js']).toBe(1);
      const asked = Object.keys(trackers.hits().byPath).filter((path) => /sdk\/placet|v1/.test(path));
      expect(asked).toEqual([]);
      expect(await page.evaluate('window.foreign')).toBeUndefined();
    });
  }
}

test('an image that names the true snippet takes no nonce away', async ({ page, site, snippet, trackers, server }) => {
  const said = complaints(page);
  const faked = `<img name="currentScript" alt="" src="${server.origin}/sdk/placet.js?key=pk_demo&widget=43">`;
  const policy = `script-src 'nonce-${NONCE}' 'strict-dynamic' 'wasm-unsafe-eval'`;
  const foreign = '<script type="text/plain" data-consent="session">window.foreign = true;</script>';
  const own = `<script type="text/plain" data-consent="session" nonce="${NONCE}">window.mine = true;</script>`;
  const html = faked + snippet.replace('<script', `<script nonce="${NONCE}"`) + foreign + own;
  await page.goto(site.page('/faked-nonce', shop(html, trackers.origin), { 'content-security-policy': policy }));
  await expect.poll(() => page.evaluate('window.mine')).toBe(true);
  expect(await page.evaluate('window.foreign')).toBeUndefined();
  expect(said.length).toBeGreaterThan(0);
  expect(said[0]).toContain("the snippet's nonce");
});

test('a snippet that was inlined under a policy does not take an intruder’s script for its own', async ({
  page,
  site,
  trackers,
  server,
}) => {
  const said = complaints(page);
  const gate = await (await fetch(`${server.origin}/sdk/placet.js?key=pk_demo&widget=43`)).text();
  const evil = `<script src="${trackers.origin}/sdk/placet.js?key=pk_demo&widget=43"></script>`;
  const policy = `script-src 'nonce-${NONCE}' 'strict-dynamic' 'wasm-unsafe-eval'`;
  for (const type of ['', ' type="module"']) {
    const html = `${evil}<script nonce="${NONCE}"${type}>${gate}</script>`;
    await page.goto(site.page('/inlined', shop(html, trackers.origin), { 'content-security-policy': policy }));
    await expect.poll(() => said.length).toBeGreaterThan(0);
    expect(said[0]).toContain('its own address');
    expect(trackers.hits().byPath).toEqual({});
    said.length = 0;
  }
});

/** What a page of a returning visitor keeps, with something of the configuration changed. */
async function poison(page: Page, change: (config: any) => unknown): Promise<void> {
  const kept = JSON.parse((await page.evaluate(() => localStorage.getItem('placet-config'))) as string);
  kept.config = change(kept.config) ?? kept.config;
  await page.evaluate((kept) => localStorage.setItem('placet-config', kept), JSON.stringify(kept));
}

test.describe('what the browser keeps', () => {
  const chosen = async (page: Page, url: string): Promise<void> => {
    await page.goto(url);
    await ui(page).settings.click();
    await ui(page).service('youtube').check();
    await ui(page).save.click();
    await expect(ui(page).trigger).toBeVisible();
  };

  test('a link of a script address, or an element or attribute that is not on the list, is not made', async ({
    page,
    site,
    snippet,
    trackers,
  }) => {
    await chosen(page, site.page('/poisoned', shop(snippet, trackers.origin)));
    const addresses = [
      'javascript:',
      'JavaScript:',
      ' java\nscript:',
      'java\tscript:',
      '\u0001javascript:',
      'data:text/html,',
    ];
    const links = addresses.map((scheme) => ['a', { href: `${scheme}window.bad=1`, part: 'bad' }, 'x']);
    const nodes = [
      ['a', { href: '/fine', part: 'good' }, 'a link'],
      ['script', {}, 'window.bad = 1'],
      ['iframe', { srcdoc: '<script>parent.bad = 1</script>' }],
      ['svg', {}, ['a', { 'xlink:href': 'javascript:window.bad=1' }]],
      ['form', { action: 'javascript:window.bad=1' }, ['button', {}, 'x']],
      ['button', { onclick: 'window.bad = 1', ONCLICK: 'window.bad = 1', formaction: 'javascript:1', style: 'x' }],
      ['div', null],
      ['div'],
      [],
      [['a'], {}],
      null,
      4,
    ];
    await poison(page, (config) => {
      config.trigger.nodes = ['div', { 'data-placet': 'trigger', part: 'trigger' }, ...links, ...nodes];
    });
    const wrong: string[] = [];
    page.on('pageerror', (error) => wrong.push(error.message));
    await page.reload();
    await expect(page.locator('#placet [part=good]')).toHaveAttribute('href', '/fine');
    const drawn = await page.evaluate(() => {
      const root = document.querySelector('#placet')!.shadowRoot!;
      return [...root.querySelectorAll('*')].flatMap((element) => [
        element.localName,
        ...element.getAttributeNames().map((name) => `${name}=${element.getAttribute(name)}`),
      ]);
    });
    expect(drawn.filter((text) => /script|data:|^on|srcdoc|iframe|svg|form|style/i.test(text))).toEqual([]);
    expect(await page.evaluate('window.bad')).toBeUndefined();
    expect(wrong).toEqual([]);
  });

  test('a configuration that makes a refused service necessary opens nothing', async ({
    page,
    site,
    snippet,
    trackers,
  }) => {
    await chosen(page, site.page('/raised', shop(snippet, trackers.origin)));
    await poison(page, (config) => {
      for (const group of config.purposes) group.purpose = 0;
    });
    await page.reload();
    await expect(ui(page).trigger).toBeVisible();
    await expect.poll(() => page.evaluate('window.necessary')).toBe(true);
    expect(trackers.hits().byPath['/analytics.js']).toBeUndefined();
    expect(await page.evaluate(() => (window.placet as any).manager.getServiceConsent('analytics'))).toBe(false);
  });

  const ODD: [about: string, change: (config: any) => unknown][] = [
    ['no object', () => 'x'],
    ['no purposes', (config) => void (config.purposes = {})],
    ['an invalid purpose', (config) => void (config.purposes[1].purpose = 9)],
    ['a purpose as text', (config) => void (config.purposes[1].purpose = '0')],
    ['services that are none', (config) => void (config.purposes[1].services = null)],
    ['an invalid slug', (config) => void (config.purposes[1].services[0].slug = '__proto__')],
    ['an invalid name', (config) => void (config.purposes[1].services[0].name = { a: 1 })],
    ['a cookie domain that ends the line', (config) => void (config.cookie.domain = 'localhost; Path=/x')],
    ['a cookie name that ends the line', (config) => void (config.cookie.name = 'a=b; Path=/x; b')],
    ['a choice without end', (config) => void (config.cookie.days = 1e9)],
    ['no signals', (config) => void delete config.signals],
    ['consent mode types that are none', (config) => void (config.purposes[1].services[0].consentMode = 'all')],
    ['cookies that are none', (config) => void (config.purposes[1].services[0].cookies = [{}])],
    ['texts that are none', (config) => void (config.texts = [])],
    ['an invalid ask key', (config) => void (config.askKey = null)],
  ];
  for (const [about, change] of ODD) {
    test(`a configuration with ${about} is as if there were none`, async ({ page, site, snippet, trackers }) => {
      await chosen(page, site.page('/odd', shop(snippet, trackers.origin)));
      await poison(page, change);
      const said = complaints(page);
      const wrong: string[] = [];
      page.on('pageerror', (error) => wrong.push(error.message));
      await page.reload();
      // The server is asked, and the choice stands.
      await expect(ui(page).trigger).toBeVisible();
      await expect(ui(page).banner).toHaveCount(0);
      expect(await page.evaluate(() => (window.placet as any).manager.getServiceConsent('youtube'))).toBe(true);
      expect(trackers.hits().byPath['/analytics.js']).toBeUndefined();
      expect([said, wrong]).toEqual([[], []]);
    });
  }

  test('a receipt, an outbox, a session and another tab’s message of odd shapes', async ({
    page,
    context,
    site,
    snippet,
    trackers,
  }) => {
    const url = site.page('/shapes', shop(snippet, trackers.origin));
    await chosen(page, url);
    const wrong: string[] = [];
    page.on('pageerror', (error) => wrong.push(error.message));
    const said = complaints(page);
    for (const odd of [
      '',
      '{',
      'null',
      '1',
      '"x"',
      '[]',
      '{}',
      '[null]',
      '[[]]',
      '{"consentId":["x"]}',
      '[{"url":1}]',
    ]) {
      await page.evaluate((odd) => {
        for (const name of ['placet-consent-id', 'placet-outbox', 'placet-config']) localStorage.setItem(name, odd);
        sessionStorage.setItem('placet-session', odd);
      }, odd);
      await page.reload();
      await expect(ui(page).trigger).toBeVisible();
      expect(await page.evaluate(() => (window.placet as any).manager.consentId)).toBeNull();
      expect(await page.evaluate(() => localStorage.getItem('placet-consent-id'))).toBeNull();
    }
    const other = await context.newPage();
    await other.goto(url);
    await expect(ui(other).trigger).toBeVisible();
    for (const odd of ['{', '1', '"analytics"', '[true]', '{"analytics":1}', '{"analytics":"true"}', '{"x":{}}']) {
      await other.evaluate((odd) => localStorage.setItem('placet-told', odd), odd);
    }
    // One that fits is heard after them all.
    await other.evaluate(() =>
      localStorage.setItem('placet-told', '{"session":true,"youtube":false,"analytics":false}'),
    );
    await expect
      .poll(() => page.evaluate(() => (window.placet as any).manager.getServiceConsent('youtube')))
      .toBe(false);
    expect(trackers.hits().byPath['/analytics.js']).toBeUndefined();
    expect([said, wrong]).toEqual([[], []]);
    await other.close();
  });
});
