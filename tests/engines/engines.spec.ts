/** What has to hold in every engine. */
import { applyVariant, look } from '../e2e/variant.ts';
import { box, choice, click, expect, gone, hook, reached, test } from './visitor.ts';

const html = (snippet: string, body = '<h1>A page</h1>', head = ''): string =>
  `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>A page</title>${head}${snippet}</head>
  <body>${body}${'<p>Some words.</p>'.repeat(40)}</body></html>`;

test('asked, answered, remembered, and asked no more', async ({ visitor, site, snippet, trackers }) => {
  const chat = `<script type="text/plain" data-consent="drift" data-src="${trackers.origin}/chat.js"></script>`;
  await visitor.goto(site.page('/asked', html(snippet, chat)));
  await reached(visitor, hook('refuse-all'));
  await click(visitor, hook('accept-all'));
  await gone(visitor, hook('banner'));
  await expect.poll(() => choice(visitor)).toMatchObject({ drift: true });
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
  await expect.poll(() => visitor.evaluate(() => localStorage.getItem('placet-consent-id'))).toContain('consentId');
  await visitor.reload();
  await reached(visitor, hook('trigger'));
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(2);
  expect(await box(visitor, hook('banner'))).toBe(null);
});

test('the preferences show their switches, and what they say is kept', async ({ visitor, site, snippet }) => {
  await visitor.goto(site.page('/preferences', html(snippet)));
  await click(visitor, hook('settings'));
  const dialog = await reached(visitor, hook('preferences'));
  expect(dialog.height).toBeGreaterThan(400);
  expect((await box(visitor, '[part=body]'))?.height).toBeGreaterThan(200);
  await click(visitor, '[data-placet-purpose="Preference"]');
  await click(visitor, hook('save'));
  await gone(visitor, hook('preferences'));
  await expect.poll(() => choice(visitor)).toMatchObject({ youtube: true, drift: false });
});

test('a visitor who opens the preferences by mouse sees no ring around the close button, by key one', async ({
  visitor,
  site,
  snippet,
}) => {
  await visitor.goto(site.page('/ring', html(snippet)));
  const ring = () =>
    visitor.evaluate(() => {
      const close = document.querySelector('#placet')?.shadowRoot?.querySelector('[data-placet=close]');
      return close && getComputedStyle(close).outlineStyle;
    });
  await click(visitor, hook('settings'));
  await reached(visitor, hook('close'));
  expect(await ring()).toBe('none');
  await click(visitor, hook('close'));
  await gone(visitor, hook('preferences'));
  await visitor.evaluate(() => {
    const root = document.querySelector('#placet')!.shadowRoot!;
    root.querySelector<HTMLElement>('[data-placet=accept-all]')!.focus();
  });
  await visitor.press('Tab');
  await visitor.press('Space');
  await reached(visitor, hook('close'));
  expect(await ring()).toBe('solid');
  await visitor.press('Escape');
  await gone(visitor, hook('preferences'));
});

for (const [name, toml] of [
  ['a card in the middle', 'layout = "cloud"'],
  ['a box at the side', 'position = "end"'],
  ['a box', ''],
] as const) {
  test(`the banner is as high as what is in it: ${name}`, async ({ visitor, site, server }) => {
    await visitor.goto(site.page('/high', html(applyVariant(server, 96, look(toml)))));
    await reached(visitor, hook('accept-all'));
    await expect
      .poll(async () => {
        const banner = await box(visitor, hook('banner'));
        const more = await box(visitor, hook('settings'));
        return banner && more && banner.top + banner.height - (more.top + more.height);
      })
      .toBeLessThan(30);
    expect((await box(visitor, hook('banner')))?.height).toBeLessThan(420);
  });
}

test('in the top layer: neither a transformed body nor a rule for empty elements takes the banner away', async ({
  visitor,
  site,
  snippet,
}) => {
  const head =
    '<style>body { transform: translateZ(0) } div:empty { display: none !important } ::backdrop { background: red !important }</style>';
  await visitor.goto(site.page('/top', html(snippet, '<h1>A page</h1>', head)));
  for (const name of ['refuse-all', 'accept-all', 'settings']) await reached(visitor, hook(name));
  expect(await visitor.evaluate(() => getComputedStyle(document.querySelector('#placet')!, '::backdrop').display)).toBe(
    'none',
  );
});

test('a modal dialog of the page leaves the banner to be answered', async ({ visitor, site, snippet }) => {
  await visitor.goto(site.page('/modal', html(snippet, '<dialog>News <button>No</button></dialog>')));
  await reached(visitor, hook('accept-all'));
  await click(visitor, hook('settings'));
  await click(visitor, hook('close'));
  await gone(visitor, hook('preferences'));
  await visitor.evaluate(() => document.querySelector('dialog')!.showModal());
  await click(visitor, hook('refuse-all'));
  await gone(visitor, hook('banner'));
  await expect.poll(() => choice(visitor)).toMatchObject({ drift: false });
});

test('the document is written anew: the banner comes back and can be answered', async ({ visitor, site, snippet }) => {
  await visitor.goto(site.page('/anew', html(snippet)));
  await reached(visitor, hook('accept-all'));
  await visitor.evaluate(() => {
    document.open();
    document.write('<!doctype html><html lang="en"><body><h1>Another</h1></body></html>');
    document.close();
  });
  await click(visitor, hook('accept-all'));
  await gone(visitor, hook('banner'));
  await expect.poll(() => choice(visitor)).toMatchObject({ drift: true });
});

test('a blocked frame: its placeholder lies over it, and opens it', async ({ visitor, site, snippet, trackers }) => {
  const frame = `<iframe title="Film" data-consent="youtube" data-src="${trackers.origin}/frame.html" width="400" height="300"></iframe>`;
  await visitor.goto(site.page('/frame', html(snippet, `<p>Before it.</p>${frame}`)));
  const places = () =>
    visitor.evaluate(() => {
      const rounded = (element: Element | null) => {
        const { left, top, width, height } = element?.getBoundingClientRect() ?? {
          left: 0,
          top: 0,
          width: 0,
          height: 0,
        };
        return [left, top, width, height].map(Math.round);
      };
      const of = document.querySelector('[data-placet-placeholder]');
      return { frame: rounded(document.querySelector('iframe')), placeholder: rounded(of) };
    });
  await expect.poll(async () => (await places()).placeholder[2]).toBeGreaterThan(0);
  await expect
    .poll(async () => JSON.stringify((await places()).placeholder) === JSON.stringify((await places()).frame))
    .toBe(true);
  expect(trackers.hits().byPath['/frame.html']).toBeUndefined();
});
