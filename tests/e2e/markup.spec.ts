/** What is marked up: shut until it is granted, then opened once, as it was written. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { createHash } from 'node:crypto';
import { cookie, expect, receipt, test, ui } from './site.ts';
import { article, asked, ran, settled, tells } from './vendor.ts';

/** Grants these services in the settings, and no others. */
async function grant(page: Page, ...slugs: string[]): Promise<void> {
  await ui(page).settings.click();
  for (const slug of slugs) await ui(page).service(slug).check();
  await ui(page).save.click();
}

test.describe('scripts', () => {
  test('inline and external ones run in the order in which they stand, each once, and only what was granted', async ({
    page,
    site,
    snippet,
    trackers,
  }) => {
    const file = (name: string) => trackers.serve(`/${name}.js`, 'text/javascript', tells(trackers, name));
    const slow = file('slow');
    const html = article(
      snippet,
      `<script type="text/plain" data-consent="analytics">${tells(trackers, 'first')}</script>
      <script type="text/plain" data-consent="analytics" data-src="${slow}"></script>
      <script type="text/plain" data-consent="drift">${tells(trackers, 'refused inline')}</script>
      <script type="text/plain" data-consent="drift" data-src="${file('refused')}"></script>
      <script type="text/plain" data-consent="analytics">${tells(trackers, 'after-slow')}</script>
      <script type="text/plain" data-consent="analytics" src="${file('by-src')}"></script>
      <script type="text/plain" data-consent="analytics" data-src="${trackers.origin}/missing.js"></script>
      <script type="text/plain" data-consent="analytics" data-src="${file('old')}" nomodule></script>
      <script type="text/plain" data-consent="analytics">throw new Error('a script that fails')</script>
      <script type="text/plain" data-consent="nobody">${tells(trackers, 'unknown')}</script>
      <script type="text/plain" data-consent="analytics">${tells(trackers, 'last')}</script>`,
    );
    await page.goto(site.page('/order', html));
    await expect(ui(page).banner).toBeVisible();
    expect(trackers.hits().total).toBe(0);

    // The slow one comes when all the others would long have run.
    let answer = () => {};
    await page.route(slow, async (route) => {
      await new Promise<void>((done) => (answer = done));
      await route.continue();
    });
    const requested = page.waitForRequest(slow);
    await grant(page, 'analytics');
    await requested;
    await settled(page, trackers);
    expect(ran(trackers)).toEqual(['first']);
    answer();
    await expect.poll(() => ran(trackers)).toContain('last');
    await settled(page, trackers);
    expect(ran(trackers)).toEqual(['first', 'slow', 'after-slow', 'by-src', 'last']);
    expect(trackers.hits().byPath).toMatchObject({ '/slow.js': 1, '/by-src.js': 1, '/missing.js': 1 });
    expect(asked(trackers)).not.toContain('/refused.js');
    expect(asked(trackers)).not.toContain('/old.js');
  });

  test('one that is async is not waited for', async ({ page, site, snippet, trackers }) => {
    const late = trackers.serve('/late.js', 'text/javascript', tells(trackers, 'late'));
    const html = article(
      snippet,
      `<script type="text/plain" data-consent="analytics" async data-src="${late}"></script>
      <script type="text/plain" data-consent="analytics">${tells(trackers, 'inline')}</script>`,
    );
    let answer = () => {};
    await page.route(late, async (route) => {
      await new Promise<void>((done) => (answer = done));
      await route.continue();
    });
    await page.goto(site.page('/async', html));
    const requested = page.waitForRequest(late);
    await ui(page).acceptAll.click();
    await requested;
    await expect.poll(() => ran(trackers)).toEqual(['inline']);
    answer();
    await expect.poll(() => ran(trackers)).toEqual(['inline', 'late']);
  });

  test('deferred ones and modules wait for the end of the page, for a visitor who has chosen too', async ({
    page,
    site,
    snippet,
    trackers,
  }) => {
    const end = (name: string) =>
      `if (document.querySelector('#after') && document.readyState !== 'loading') {${tells(trackers, name)}}`;
    const file = (name: string) => trackers.serve(`/${name}.js`, 'text/javascript', end(name));
    const head = `<script type="text/plain" data-consent="analytics" defer data-src="${file('deferred')}"></script>
      <script type="text/plain" data-consent="analytics" data-type="module">${end('module')}</script>
      <script type="text/plain" data-consent="analytics">${tells(trackers, 'at once')}</script>`;
    // The page is read until this has come.
    const pause = site.page('/pause.js', '', { 'content-type': 'text/javascript' });
    const url = site.page('/defer', article(snippet, `<script src="${pause}"></script>`, head));
    await page.goto(url);
    await ui(page).acceptAll.click();
    await expect.poll(() => ran(trackers)).toEqual(expect.arrayContaining(['deferred', 'module', 'at once']));
    await receipt(page);

    let answer = () => {};
    await page.route(pause, async (route) => {
      await new Promise<void>((done) => (answer = done));
      await route.continue();
    });
    trackers.clear();
    await page.goto(url, { waitUntil: 'commit' });
    await expect.poll(() => ran(trackers)).toEqual(['at once']);
    expect(asked(trackers)).not.toContain('/deferred.js');
    answer();
    await expect.poll(() => ran(trackers)).toHaveLength(3);
    expect(ran(trackers).slice(1).sort()).toEqual(['deferred', 'module']);
  });

  test('integrity, crossorigin, referrerpolicy and handlers are kept', async ({ page, site, snippet, trackers }) => {
    const body = tells(trackers, 'sound');
    const sound = trackers.serve('/sound.js', 'text/javascript', body);
    const forged = trackers.serve('/forged.js', 'text/javascript', tells(trackers, 'forged'));
    const hash = `sha384-${createHash('sha384').update(body).digest('base64')}`;
    const mark = 'type="text/plain" data-consent="analytics"';
    const html = article(
      snippet,
      `<script ${mark} data-src="${sound}" integrity="${hash}" crossorigin="anonymous"
        onload="${tells(trackers, 'loaded').replaceAll('"', '&quot;')}"></script>
      <script ${mark} data-src="${forged}" integrity="${hash}" crossorigin="anonymous"
        onerror="${tells(trackers, 'failed').replaceAll('"', '&quot;')}"></script>
      <script ${mark} data-src="${trackers.origin}/plain.js"></script>
      <script ${mark} data-src="${trackers.origin}/silent.js" referrerpolicy="no-referrer"></script>
      <script ${mark}>${tells(trackers, 'last')}</script>`,
    );
    const requests = Promise.all(['/sound.js', '/plain.js'].map((path) => page.waitForRequest(trackers.origin + path)));
    await page.goto(site.page('/attributes', html));
    await ui(page).acceptAll.click();
    await expect.poll(() => ran(trackers)).toEqual(['sound', 'loaded', 'failed', 'last']);
    const [fromSound, fromPlain] = await Promise.all((await requests).map((request) => request.allHeaders()));
    expect(fromSound?.['origin']).toBe(new URL(page.url()).origin);
    expect(fromPlain?.['origin']).toBeUndefined();
    const referer = (path: string) => trackers.hits().requests.find((request) => request.path === path)?.referer;
    expect(referer('/plain.js')).toContain('http://localhost');
    expect(referer('/silent.js')).toBeNull();
  });

  test('the nonce is kept, and only what has it runs', async ({ page, site, snippet, server, trackers }) => {
    const mark = 'type="text/plain" data-consent="analytics"';
    const html = article(
      snippet.replace('<script', '<script nonce="R4nd0m"'),
      `<script ${mark} nonce="R4nd0m">${tells(trackers, 'inline')}</script>
      <script ${mark}>${tells(trackers, 'without inline')}</script>
      <script ${mark} nonce="R4nd0m" data-src="${trackers.serve('/n.js', 'text/javascript', tells(trackers, 'external'))}"></script>
      <script ${mark} data-src="${trackers.serve('/w.js', 'text/javascript', tells(trackers, 'without'))}"></script>
      <script ${mark} nonce="R4nd0m">${tells(trackers, 'last')}</script>`,
    );
    const policy = `script-src 'nonce-R4nd0m' ${server.origin} 'wasm-unsafe-eval'`;
    await page.goto(site.page('/nonce', html, { 'content-security-policy': policy }));
    await ui(page).acceptAll.click();
    await expect.poll(() => ran(trackers)).toEqual(['inline', 'external', 'last']);
    expect(asked(trackers)).not.toContain('/w.js');
  });

  test('a module is one', async ({ page, site, snippet, trackers }) => {
    trackers.serve('/part.js', 'text/javascript', `export const part = 'imported';`);
    const proof = `import { part } from '${trackers.origin}/part.js';
      if (this === undefined && import.meta.url) { NAME }`;
    const body = (name: string) => proof.replace('NAME', tells(trackers, name));
    const module = trackers.serve('/module.js', 'text/javascript', body('external'));
    const html = article(
      snippet,
      `<script type="text/plain" data-consent="analytics" data-type="module" data-src="${module}"></script>
      <script type="text/plain" data-consent="analytics" data-type="module">${body('inline')}</script>`,
    );
    await page.goto(site.page('/module', html));
    await ui(page).acceptAll.click();
    await expect.poll(() => ran(trackers).sort()).toEqual(['external', 'inline']);
    expect(trackers.hits().byPath['/part.js']).toBe(1);
  });

  test('what waits for a purpose waits for each of its services', async ({ page, site, snippet, trackers }) => {
    const html = article(
      snippet,
      `<script type="text/plain" data-consent-purpose="Marketing">${tells(trackers, 'marketing')}</script>
      <script type="text/plain" data-consent="drift">${tells(trackers, 'drift')}</script>
      <script type="text/plain" data-consent-purpose="Analytical">${tells(trackers, 'analytical')}</script>
      <script type="text/plain" data-consent-purpose="Other">${tells(trackers, 'without services')}</script>
      <script type="text/plain" data-consent-purpose="marketing">${tells(trackers, 'no such purpose')}</script>
      <img data-consent-purpose="Marketing" data-src="${trackers.origin}/marketing.gif" alt="">`,
    );
    await page.goto(site.page('/purposes', html));
    await grant(page, 'drift');
    await expect.poll(() => ran(trackers)).toEqual(['drift']);
    await settled(page, trackers);
    expect(asked(trackers)).toEqual(['/ran']);

    await page.evaluate(() => window.placet?.push((manager) => manager.open()));
    await ui(page).service('google-ads').check();
    await ui(page).save.click();
    await expect.poll(() => asked(trackers)).toContain('/marketing.gif');
    await settled(page, trackers);
    expect(ran(trackers)).toEqual(['drift', 'marketing']);
  });
});

test('before the grant not one request leaves, for no kind of element; after it each address is asked for', async ({
  page,
  site,
  snippet,
  trackers,
}) => {
  const at = (path: string) => `${trackers.origin}/${path}`;
  const html = article(
    snippet,
    `<script type="text/plain" data-consent="analytics" src="${at('src.js')}"></script>
    <script type="text/plain" data-consent="analytics" data-src="${at('data-src.js')}"></script>
    <script type="text/plain" data-consent="analytics">new Image().src = '${at('inline.gif')}'</script>
    <iframe data-consent="youtube" data-src="${at('frame.html')}" title="A film" width="560" height="315"></iframe>
    <img data-consent="google-ads" data-src="${at('img.gif')}" alt="">
    <img data-consent="google-ads" data-src="${at('small.gif')}" data-srcset="${at('wide.gif')} 1x" alt="">
    <picture>
      <source data-consent="google-ads" data-srcset="${at('source.gif')}">
      <img data-consent="google-ads" data-src="${at('fallback.gif')}" alt="">
    </picture>
    <video data-consent="youtube" data-poster="${at('poster.jpg')}" controls muted preload="auto">
      <source data-consent="youtube" data-src="${at('film.webm')}" type="video/webm">
      <source data-consent="youtube" data-src="${at('film.mp4')}" type="video/mp4">
    </video>
    <object data-consent="youtube" data-data="${at('object.html')}" type="text/html"></object>`,
    `<link data-consent="analytics" rel="stylesheet" data-href="${at('style.css')}">
    <link data-consent="analytics" rel="preload" as="script" data-href="${at('preload.js')}">`,
  );
  await page.goto(site.page('/everything', html));
  await expect(ui(page).banner).toBeVisible();
  expect(trackers.hits().total).toBe(0);

  await ui(page).refuseAll.click();
  await expect(ui(page).banner).toHaveCount(0);
  await settled(page, trackers);
  expect(asked(trackers)).toEqual([]);
  await page.reload();
  await expect.poll(() => page.evaluate(() => !!(window.placet as { manager?: unknown }).manager)).toBe(true);
  await settled(page, trackers);
  expect(asked(trackers)).toEqual([]);

  await page.evaluate(() => window.placet?.push((manager) => manager.acceptAll()));
  const files = ['src.js', 'data-src.js', 'inline.gif', 'frame.html', 'img.gif', 'wide.gif', 'source.gif'];
  files.push('poster.jpg', 'film.webm', 'film.mp4', 'object.html', 'style.css', 'preload.js');
  await expect.poll(() => [...new Set(asked(trackers))]).toEqual(files.map((file) => `/${file}`).sort());
  await settled(page, trackers);
  for (const path of asked(trackers)) expect(trackers.hits().byPath[path], path).toBe(1);
});

test.describe('what comes later', () => {
  /** A container like a tag manager's: it adds what each rule says when its event comes by the data layer. */
  const container = `<script>
    window.dataLayer = window.dataLayer || [];
    function when(event, add) {
      const push = dataLayer.push;
      dataLayer.push = (...entries) => {
        const length = push.apply(dataLayer, entries);
        for (const entry of entries) if (entry.event === event) setTimeout(add);
        return length;
      };
    }
  </script>`;

  /** Adds one of each kind, in the ways in which code does it; `name` is in each address. */
  const adds = (origin: string, name: string) => `
    const script = document.createElement('script');
    script.type = 'text/plain';
    script.dataset.consent = 'analytics';
    script.dataset.src = '${origin}/${name}-script.js';
    document.head.append(script);

    const img = document.createElement('img');
    document.body.append(img);
    img.setAttribute('data-consent', 'analytics');
    setTimeout(() => img.setAttribute('data-src', '${origin}/${name}-img.gif'));

    const late = document.createElement('script');
    late.type = 'text/plain';
    late.dataset.consent = 'analytics';
    document.body.append(late);
    setTimeout(() => late.dataset.src = '${origin}/${name}-late.js');

    const box = document.createElement('div');
    document.querySelector('main').append(box);
    box.innerHTML = '<section><iframe title="${name}" data-consent="analytics" data-src="${origin}/${name}-frame.html"></iframe></section>';

    const frame = document.createElement('iframe');
    frame.title = '${name} attributes';
    box.append(frame);
    setTimeout(() => {
      frame.dataset.consent = 'analytics';
      setTimeout(() => frame.dataset.src = '${origin}/${name}-attributes.html');
    });`;
  const kinds = ['attributes.html', 'frame.html', 'img.gif', 'late.js', 'script.js'];

  test('added by a tag manager, before and after the choice, it is treated the same', async ({
    page,
    site,
    snippet,
    trackers,
  }) => {
    const html = article(
      snippet,
      `<script>
        when('placet:consents:test', () => {${adds(trackers.origin, 'early')}});
        when('placet:consent:analytics', () => {${adds(trackers.origin, 'granted')}});
        when('placet:refused:analytics', () => {${adds(trackers.origin, 'refused')}});
      </script>`,
      container,
    );
    const expected = (...names: string[]) => names.flatMap((name) => kinds.map((kind) => `/${name}-${kind}`)).sort();
    await page.goto(site.page('/container', html));
    await expect(ui(page).banner).toBeVisible();
    await page.evaluate(() => window.dataLayer?.push({ event: 'placet:consents:test' }));
    await expect(page.getByRole('group', { name: 'early attributes' })).toBeVisible();
    await settled(page, trackers);
    expect(asked(trackers)).toEqual([]);

    await ui(page).acceptAll.click();
    await expect.poll(() => asked(trackers)).toEqual(expected('early', 'granted', 'refused'));
    await settled(page, trackers);
    expect(asked(trackers)).toEqual(expected('early', 'granted', 'refused'));
  });

  test('a frame that is given another address shows that one, and a shut one none', async ({
    page,
    site,
    snippet,
    trackers,
  }) => {
    const frame = (name: string) =>
      `<iframe data-consent="youtube" data-src="${trackers.origin}/${name}.html" title="A film"></iframe>`;
    await page.goto(site.page('/playlist', article(snippet, frame('one'))));
    await expect(page.getByRole('group', { name: 'A film' })).toBeVisible();
    await page.evaluate((src) => (document.querySelector('iframe')!.src = src), `${trackers.origin}/two.html`);
    await expect(page.locator('iframe')).not.toHaveAttribute('src');
    await ui(page).acceptAll.click();
    await expect.poll(() => asked(trackers)).toContain('/two.html');
    await page.evaluate(
      (src) => (document.querySelector('iframe')!.dataset['src'] = src),
      `${trackers.origin}/three.html`,
    );
    await expect.poll(() => asked(trackers)).toContain('/three.html');
    expect(asked(trackers)).not.toContain('/one.html');
  });
});

test.describe('nothing runs twice', () => {
  const once = async (page: Page, trackers: Parameters<typeof ran>[0]): Promise<void> => {
    const all = ['/img.gif', '/frame.html', '/file.js', '/ran', '/ran'].sort();
    await expect.poll(() => asked(trackers)).toEqual(all);
    await settled(page, trackers);
    expect(asked(trackers)).toEqual(all);
    expect(ran(trackers).sort()).toEqual(['file', 'inline']);
  };
  const html = (snippet: string, trackers: Parameters<typeof ran>[0]) =>
    article(
      snippet,
      `<div id="box">
        <script type="text/plain" data-consent="analytics" id="inline">${tells(trackers, 'inline')}</script>
        <script type="text/plain" data-consent="analytics" id="file"
          data-src="${trackers.serve('/file.js', 'text/javascript', tells(trackers, 'file'))}"></script>
      </div>
      <img data-consent="analytics" data-src="${trackers.origin}/img.gif" alt="">
      <iframe data-consent="analytics" data-src="${trackers.origin}/frame.html" title="A film"></iframe>`,
    );

  for (const [name, act] of Object.entries({
    'accepted twice at once': (manager) => (void manager.acceptAll(), void manager.acceptAll()),
    'applied, then saved': (manager) => {
      manager.setPurposeConsent('Analytical', true);
      manager.dispatchEvent();
      void manager.save();
    },
    'saved, then applied twice': (manager) => {
      manager.setServiceConsent('analytics', true);
      void manager.save();
      manager.dispatchEvent();
      manager.dispatchEvent();
    },
    'refused, then accepted': (manager) => (void manager.refuseAll(), void manager.acceptAll()),
    'accepted, and service by service again': async (manager) => {
      await manager.acceptAll();
      for (const slug of ['analytics', 'drift', 'youtube']) {
        manager.setServiceConsent(slug, true);
        await manager.save();
      }
    },
  } satisfies Record<string, (manager: Manager) => unknown>)) {
    test(name, async ({ page, site, snippet, trackers }) => {
      await page.goto(site.page('/once', html(snippet, trackers)));
      await expect(ui(page).banner).toBeVisible();
      expect(trackers.hits().total).toBe(0);
      await page.evaluate(`placet.push(${act})`);
      await once(page, trackers);
    });
  }

  test('clicked twice on the same button', async ({ page, site, snippet, trackers }) => {
    await page.goto(site.page('/once', html(snippet, trackers)));
    // By the second click the banner may have gone.
    const { x, y, width, height } = (await ui(page).acceptAll.boundingBox())!;
    await page.mouse.dblclick(x + width / 2, y + height / 2);
    await once(page, trackers);
  });

  test('accepted, refused, accepted', async ({ page, site, snippet, trackers }) => {
    await page.goto(site.page('/once', html(snippet, trackers)));
    await ui(page).acceptAll.click();
    await once(page, trackers);
    for (const name of ['refuseAll', 'acceptAll'] as const) {
      await page.evaluate((name) => window.placet?.push((manager) => manager[name]()), name);
    }
    // A frame that was closed is opened again; what has run has run.
    await expect.poll(() => trackers.hits().byPath['/frame.html']).toBe(2);
    await settled(page, trackers);
    expect(ran(trackers).sort()).toEqual(['file', 'inline']);
    expect(trackers.hits().byPath['/img.gif']).toBe(1);
  });

  test('moved, copied and put back by the page', async ({ page, site, snippet, trackers }) => {
    await page.goto(site.page('/once', html(snippet, trackers)));
    await expect(ui(page).banner).toBeVisible();
    // Before the grant: moved to another place, as a slider or a framework does.
    const shut = await page.evaluateHandle(() => {
      const box = document.querySelector('#box')!;
      document.querySelector('main')!.prepend(box);
      return [...box.children];
    });
    await ui(page).acceptAll.click();
    await once(page, trackers);
    await page.evaluate((shut) => {
      const box = document.querySelector('#box')!;
      document.body.append(box);
      document.body.append(box.cloneNode(true));
      const other = document.createElement('div');
      other.innerHTML = box.innerHTML;
      document.body.append(other);
      // A framework that holds on to what it has rendered.
      document.body.append(...shut);
    }, shut);
    await settled(page, trackers);
    await once(page, trackers);
  });
});

test.describe('frames', () => {
  const film = (origin: string, path = 'frame.html', title = 'How a pannier is sewn, the film') =>
    `<iframe data-consent="youtube" data-src="${origin}/${path}" title="${title}" width="560" height="315"></iframe>`;
  const placeholder = (page: Page, name = 'How a pannier is sewn, the film') => page.getByRole('group', { name });
  const responsive = `<style>
      .video { position: relative; padding-top: 56.25%; height: 0 }
      .video iframe { position: absolute; top: 0; left: 0; width: 100%; height: 100%; border: 0 }
      .video > * { margin: 0; padding: 3px }
      .ratio { position: relative; width: 100% }
      .ratio::before { display: block; padding-top: 56.25%; content: '' }
      .ratio > * { position: absolute; top: 0; left: 0; width: 100%; height: 100% }
      .row { display: flex; flex-direction: row-reverse; justify-content: center; gap: 20px }
      .row iframe, .row div { flex: 1; align-self: center }
      figure { margin: 1em 3em; text-align: center }
      figure iframe { max-width: 100% }
      figure > div { position: relative; margin: 40px; width: 10px }
    </style>`;

  test('who it is and why it is shut stands in the box of the frame, wherever that is', async ({
    page,
    site,
    snippet,
    trackers,
  }) => {
    const boxes = {
      plain: (frame: string) => frame,
      'in a sentence': (frame: string) => `<p>Look: ${frame} and be amazed.</p>`,
      padded: (frame: string) => `<div class="video">${frame}</div>`,
      ratio: (frame: string) => `<div class="ratio">${frame}</div>`,
      figure: (frame: string) => `<figure>${frame}<figcaption>Sewing</figcaption></figure>`,
      row: (frame: string) => `<div class="row"><p>Beside it stands a text that is long enough.</p>${frame}</div>`,
      'right to left': (frame: string) => `<div dir="rtl">${frame}</div>`,
    };
    const body = Object.entries(boxes).map(([name, box]) => box(film(trackers.origin, 'frame.html', name)));
    await page.goto(site.page('/boxes', article(snippet, body.join('\n'), responsive)));

    const check = async () => {
      for (const name of Object.keys(boxes)) {
        const both = () =>
          page.evaluate((name) => {
            const box = (element: Element) => {
              const { left, top, width, height } = element.getBoundingClientRect();
              return [left, top, width, height].map((side) => Math.round(side * 2) / 2);
            };
            const frame = document.querySelector(`iframe[title="${name}"]`)!;
            const hosts = [...document.querySelectorAll('[data-placet-placeholder]')];
            const group = hosts
              .map((host) => host.shadowRoot!.querySelector('[role=group]')!)
              .find((group) => group.getAttribute('aria-label') === name);
            return { frame: box(frame), group: group && box(group) };
          }, name);
        await expect(async () => {
          const { frame, group } = await both();
          expect(group, name).toEqual(frame);
          expect(frame[2], name).toBeGreaterThan(200);
        }).toPass({ intervals: [50] });
      }
    };
    await expect(placeholder(page, 'plain')).toContainText('YouTube');
    await expect(placeholder(page, 'plain')).toContainText('It stays closed until you allow it');
    await check();
    for (const width of [700, 390, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await check();
    }
    // What stands above grows, and what stands beside.
    await page.evaluate(() => {
      document.querySelector<HTMLElement>('#before')!.style.height = '333px';
      document.querySelector<HTMLElement>('.row p')!.style.flex = '2';
    });
    await check();
    await page.evaluate(() => document.querySelector('.row')!.prepend(document.createElement('div')));
    await check();
    // The page moves a frame, and takes one away.
    await page.evaluate(() => {
      const wrapper = document.createElement('div');
      wrapper.className = 'video';
      const frame = document.querySelector('iframe[title="plain"]')!;
      frame.replaceWith(wrapper);
      wrapper.append(frame);
    });
    await check();
    await page.evaluate(() => document.querySelector('iframe[title="figure"]')!.remove());
    await expect(placeholder(page, 'figure')).toHaveCount(0);
    expect(trackers.hits().total).toBe(0);
  });

  test('nobody is asked in a frame that nobody sees', async ({ page, site, snippet, trackers }) => {
    const hidden = `<iframe data-consent="youtube" data-src="${trackers.origin}/1.html" title="hidden" hidden></iframe>
      <iframe data-consent="youtube" data-src="${trackers.origin}/2.html" title="tiny" width="1" height="1"></iframe>`;
    await page.goto(site.page('/hidden', article(snippet, hidden + film(trackers.origin))));
    await expect(placeholder(page)).toBeVisible();
    await expect(page.getByRole('group')).toHaveCount(1);
    await page.evaluate(() => (document.querySelector<HTMLElement>('[title="hidden"]')!.hidden = false));
    await expect(placeholder(page, 'hidden')).toBeVisible();
  });

  test('"once" opens this frame on this page, and keeps nothing', async ({ page, site, snippet, trackers, server }) => {
    const posts: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().startsWith(server.origin)) posts.push(request.url());
    });
    const html = article(snippet, film(trackers.origin, 'one.html', 'One') + film(trackers.origin, 'two.html', 'Two'));
    await page.goto(site.page('/films', html));
    await placeholder(page, 'One').getByRole('button', { name: /once/i }).click();
    await expect.poll(() => asked(trackers)).toEqual(['/one.html']);
    await expect(placeholder(page, 'One')).toHaveCount(0);
    await expect(placeholder(page, 'Two')).toBeVisible();
    // Another choice does not close it, nor does the page's own work.
    await page.evaluate(() => document.querySelector('main')!.append(document.createElement('p')));
    await grant(page, 'analytics');
    await expect.poll(() => cookie(page)).toMatchObject({ youtube: false, analytics: true });
    await settled(page, trackers);
    expect(asked(trackers)).toEqual(['/one.html']);
    await expect(placeholder(page, 'One')).toHaveCount(0);
    expect(posts).toHaveLength(1);

    await page.reload();
    await expect(placeholder(page, 'One')).toBeVisible();
    await expect(placeholder(page, 'Two')).toBeVisible();
    await settled(page, trackers);
    expect(asked(trackers)).toEqual(['/one.html']);
  });

  test('"always" opens every frame of the service, and keeps the choice with its proof', async ({
    page,
    site,
    snippet,
    trackers,
    server,
  }) => {
    const html = article(
      snippet,
      film(trackers.origin, 'one.html', 'One') +
        film(trackers.origin, 'two.html', 'Two') +
        `<script type="text/plain" data-consent="drift">${tells(trackers, 'refused')}</script>`,
    );
    await page.goto(site.page('/films', html));
    await placeholder(page, 'Two')
      .getByRole('button', { name: /always/i })
      .click();
    await expect.poll(() => asked(trackers)).toEqual(['/one.html', '/two.html']);
    await expect(page.getByRole('group')).toHaveCount(0);
    await expect(ui(page).banner).toHaveCount(0);
    expect(await cookie(page)).toMatchObject({ youtube: true, analytics: false, drift: false });
    const proof = await (await server.proof((await receipt(page)).consentId)).json();
    const consents = proof.consents.cookieConsents.filter(({ consent }: { consent: boolean }) => consent);
    expect(consents.map(({ slug }: { slug: string }) => slug).sort()).toEqual(['session', 'youtube']);

    const parts: string[] = [];
    page.on('response', async (response) => {
      if (response.url().startsWith(`${server.origin}/sdk/placet-`)) parts.push(await response.text());
    });
    await page.reload();
    await expect.poll(() => asked(trackers)).toEqual(['/one.html', '/one.html', '/two.html', '/two.html']);
    await settled(page, trackers);
    const drawing = parts.filter((script) => script.includes('container-type'));
    expect(drawing, 'what draws placeholders is not loaded for open frames').toEqual([]);
  });

  for (const key of ['Enter', 'Space']) {
    test(`the keyboard is enough: Tab and ${key}, and the focus is in the frame`, async ({
      page,
      site,
      snippet,
      trackers,
    }) => {
      const html = article(snippet, `<a href="#after">Skip</a>${film(trackers.origin)}`);
      await page.goto(site.page('/keys', html));
      await expect(placeholder(page)).toBeVisible();
      await page.getByRole('link', { name: 'Skip' }).focus();
      await page.keyboard.press('Tab');
      const once = placeholder(page).getByRole('button', { name: /once/i });
      await expect(once).toBeFocused();
      await page.keyboard.press('Tab');
      await expect(placeholder(page).getByRole('button', { name: /always/i })).toBeFocused();
      if (key === 'Enter') await page.keyboard.press('Shift+Tab');
      await page.keyboard.press(key);
      await expect.poll(() => asked(trackers)).toEqual(['/frame.html']);
      await expect(page.locator('iframe')).toBeFocused();
    });
  }

  test('nothing moves when a frame opens', async ({ page, site, snippet, trackers }) => {
    await page.addInitScript(() => {
      const moved: number[] = ((window as unknown as { moved: number[] }).moved = []);
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) moved.push((entry as unknown as { value: number }).value);
      }).observe({ type: 'layout-shift', buffered: true });
    });
    const html = article(
      snippet,
      `<div class="video">${film(trackers.origin, 'one.html', 'One')}</div>${film(trackers.origin, 'two.html', 'Two')}`,
      responsive,
    );
    await page.goto(site.page('/still', html));
    const places = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('main *:not([data-placet-placeholder])')].map((element) => {
          const { left, top, width, height } = element.getBoundingClientRect();
          return [left + scrollX, top + scrollY, width, height];
        }),
      );
    await expect(placeholder(page, 'Two')).toBeVisible();
    const before = await places();
    await placeholder(page, 'One').getByRole('button', { name: /once/i }).click();
    await expect.poll(() => asked(trackers)).toContain('/one.html');
    await placeholder(page, 'Two')
      .getByRole('button', { name: /always/i })
      .click();
    await expect.poll(() => asked(trackers)).toContain('/two.html');
    await settled(page, trackers);
    expect(await places()).toEqual(before);
    expect(await page.evaluate(() => (window as unknown as { moved: number[] }).moved)).toEqual([]);
  });

  test('nothing in a placeholder stands in the way of assistive technology', async ({
    page,
    site,
    snippet,
    trackers,
  }) => {
    const small = `<iframe data-consent="youtube" data-src="${trackers.origin}/s.html" title="Small" width="300" height="120"></iframe>`;
    const html = article(snippet, film(trackers.origin) + film(trackers.origin) + small);
    await page.goto(site.page('/axe', html));
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await expect(placeholder(page)).toHaveCount(2);
      await expect(placeholder(page, 'Small').getByRole('button')).toHaveCount(2);
      expect((await new AxeBuilder({ page }).include('main').analyze()).violations).toEqual([]);
    }
  });

  test('those that nobody can mark up wait by a selector, before the script arrives and after', async ({
    page,
    site,
    snippet,
    trackers,
  }) => {
    const { origin } = trackers;
    const block = `<script>
      window.placet = window.placet || [];
      placet.push(['iframeBlock', { selector: '.post iframe[src*="youtube"], iframe.film', service: 'youtube' }]);
    </script>`;
    const html = article(
      snippet,
      `<div class="post"><iframe src="${origin}/early.html?youtube" title="Early"></iframe></div>
      <iframe src="${origin}/other.html" title="Other"></iframe>
      <div class="post" id="later"></div>`,
      block,
    );
    await page.goto(site.page('/selector', html));
    await expect(placeholder(page, 'Early')).toBeVisible();
    await expect(page.getByRole('group')).toHaveCount(1);
    await expect.poll(() => page.frames().filter((frame) => frame.url().includes('early')).length).toBe(0);

    // In the same breath as it comes into the page, by markup and by attribute.
    await page.evaluate((origin) => {
      const later = document.querySelector('#later')!;
      later.innerHTML = `<iframe src="${origin}/markup.html?youtube" title="Markup"></iframe>`;
      const frame = document.createElement('iframe');
      frame.title = 'Attribute';
      later.append(frame);
      setTimeout(() => (frame.src = `${origin}/attribute.html?youtube`));
    }, origin);
    await expect(placeholder(page, 'Markup')).toBeVisible();
    await expect(placeholder(page, 'Attribute')).toBeVisible();
    const open = () => page.frames().filter((frame) => frame.url().includes('youtube'));
    await expect.poll(() => open().length).toBe(0);
    // And by a command that comes now.
    await page.evaluate(() => {
      window.placet?.push(['iframeBlock', { selector: '[title="Other"]', service: 'analytics' }]);
    });
    await expect(placeholder(page, 'Other')).toBeVisible();
    await expect(page.locator('iframe[src]')).toHaveCount(0);

    trackers.clear();
    await placeholder(page, 'Early')
      .getByRole('button', { name: /always/i })
      .click();
    const youtube = ['/attribute.html', '/early.html', '/markup.html'];
    await expect.poll(() => asked(trackers)).toEqual(youtube);
    await settled(page, trackers);
    expect(asked(trackers)).toEqual(youtube);

    // Who has granted it sees it as the page has written it: it is not stopped, nor asked for twice.
    trackers.clear();
    await page.reload();
    await expect(placeholder(page, 'Early')).toHaveCount(0);
    await settled(page, trackers);
    expect(asked(trackers)).toEqual(['/early.html', '/other.html']);

    // Who has refused it does not, though the command comes while the page is read.
    await page.evaluate(() => window.placet?.push((manager) => manager.refuseAll()));
    await expect(placeholder(page, 'Early')).toBeVisible();
    await page.reload();
    await expect(placeholder(page, 'Early')).toBeVisible();
    await expect.poll(() => open().length).toBe(0);
  });

  test('those of a selector are stopped as well where nobody can be asked', async ({
    page,
    site,
    snippet,
    trackers,
  }) => {
    const block = `<script>window.placet = [['iframeBlock', { selector: 'iframe', service: 'youtube' }]];</script>`;
    const html = article(snippet, `<iframe src="${trackers.origin}/frame.html" title="A film"></iframe>`, block);
    await page.goto(site.page('/foreign', html).replace('localhost', 'shop.test'));
    await expect(page.locator('iframe')).not.toHaveAttribute('src');
    await expect.poll(() => page.frames().filter((frame) => frame.url().includes('frame.html')).length).toBe(0);
  });
});

type Manager = import('../../www/session/manager.ts').Manager;
