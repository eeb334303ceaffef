/** The npm module in a site that was bundled with it: with a server, without one, and where there is no page. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { build } from 'esbuild';
import { complaints, cookie, receipt, ui } from '../e2e/site.ts';
import { expect, test } from './consumer.ts';

/** A marked-up script that says that it has run. */
const marked = (slug: string) => `<script type="text/plain" data-consent="${slug}">window.ran = '${slug}'</script>`;
const ran = (page: Page) => page.evaluate(() => (window as any).ran);

/** Each request for what is not there at the start, from now on. */
function fetched(page: Page): string[] {
  const found: string[] = [];
  page.on('request', (request) => {
    if (/\.wasm|\/v1\/|\/(core|settings|render)-/.test(request.url())) found.push(request.url());
  });
  return found;
}

const CONFIG = `{
  services: [
    { slug: 'session', name: 'Session', purpose: 'Necessary', description: 'Keeps you signed in.' },
    { slug: 'youtube', name: 'YouTube', purpose: 'Preference', description: 'Plays our videos.' },
    { slug: 'drift', name: 'Drift', purpose: 'Marketing', description: 'Lets you chat with us.' },
  ],
}`;

/** The start of a widget without a server, which keeps its proofs for the test. */
const LOCAL = `
  window.proofs = JSON.parse(sessionStorage.proofs ?? '[]');
  window.options = { config: ${CONFIG}, onProof: (proof) => {
    proofs.push(proof);
    sessionStorage.proofs = JSON.stringify(proofs);
  } };
  window.consent = await placet.init(options);`;

const proofs = (page: Page) => page.evaluate(() => (window as any).proofs);

test.describe('with a server', () => {
  const start = (origin: string) => `
    window.options = { server: '${origin}', key: 'pk_demo', widget: 43 };
    window.consent = await placet.init(options);`;

  test('it asks, keeps the choice, opens what was granted and asks no more', async ({ page, consumer, server }) => {
    const errors = complaints(page);
    await page.goto(consumer.page('/served', start(server.origin), marked('youtube')));
    await expect(ui(page).banner).toBeVisible();
    expect(await ran(page)).toBeUndefined();
    await ui(page).acceptAll.click();
    await expect.poll(() => ran(page)).toBe('youtube');
    const { consentId } = await receipt(page);
    const proof = await (await server.proof(consentId)).json();
    expect(proof.consents.cookieConsents).toHaveLength(5);
    await expect.poll(() => page.evaluate(() => (window as any).consent.consentId)).toBe(consentId);

    const later = fetched(page);
    await page.reload();
    await expect.poll(() => ran(page)).toBe('youtube');
    await expect(ui(page).trigger).toBeVisible();
    await expect(ui(page).banner).toHaveCount(0);
    expect(later, 'whoever has chosen costs no request and no WebAssembly').toEqual([]);
    expect(errors).toEqual([]);
  });

  test('the settings open, and a choice made in them holds', async ({ page, consumer, server }) => {
    await page.goto(consumer.page('/settings', start(server.origin)));
    await ui(page).settings.click();
    await ui(page).service('analytics').check();
    await ui(page).save.click();
    await expect.poll(() => cookie(page)).toMatchObject({ analytics: true, drift: false });
    expect(await page.evaluate(() => (window as any).consent.state.services)).toMatchObject({
      analytics: true,
      drift: false,
    });
  });

  test('a widget that cannot be shown is a rejection that says why, and it can be tried again', async ({
    page,
    consumer,
    server,
  }) => {
    await page.route(/\/v1\/widgets/, (route) => route.abort());
    const script = `
      window.options = { server: '${server.origin}', key: 'pk_demo', widget: 43 };
      window.start = () => placet.init(options).then(() => 'started', (error) => error.message);
      window.first = await start();`;
    await page.goto(consumer.page('/down', script));
    await expect.poll(() => page.evaluate(() => (window as any).first)).toContain('the server cannot be reached');
    await expect(page.locator('#placet')).toHaveCount(0);
    await page.unroute(/\/v1\/widgets/);
    expect(await page.evaluate(() => (window as any).start())).toBe('started');
    await expect(ui(page).banner).toBeVisible();
  });
});

test.describe('without a server', () => {
  test('it asks, hands the proof over, opens what was granted and asks no more', async ({ page, consumer }) => {
    const errors = complaints(page);
    const url = consumer.page('/local', LOCAL, marked('drift'));
    await page.goto(url);
    await expect(ui(page).banner).toContainText('for these purposes: Comfort, Marketing.');
    expect(await ran(page)).toBeUndefined();
    await ui(page).acceptAll.click();
    await expect.poll(() => ran(page)).toBe('drift');
    const { consentId } = await receipt(page);
    const [proof] = await proofs(page);
    expect(proof).toMatchObject({ type: 2, idempotencyKey: consentId, consents: { lang: 'en' } });
    expect(proof.consents.cookieConsents).toHaveLength(3);
    expect(proof.consents.cookieConsents[2]).toMatchObject({ slug: 'drift', consent: true, purpose: 3 });

    const later = fetched(page);
    await page.reload();
    await expect.poll(() => ran(page)).toBe('drift');
    await expect(ui(page).trigger).toBeVisible();
    await expect(ui(page).banner).toHaveCount(0);
    expect(later).toEqual([]);
    expect(await proofs(page)).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  test('a proof that was not taken is handed over again, also on the next page', async ({ page, consumer }) => {
    const errors = complaints(page);
    const script = LOCAL.replace(
      'proofs.push(proof);',
      `if (!location.hash) throw Error('no room'); proofs.push(proof);`,
    );
    const url = consumer.page('/refused', script);
    await page.goto(url);
    await ui(page).refuseAll.click();
    await expect.poll(() => errors.join()).toContain('onProof failed: no room');
    await expect.poll(() => page.evaluate(() => localStorage.getItem('placet-outbox'))).toContain('idempotencyKey');

    await page.goto('about:blank');
    await page.goto(`${url}#open`);
    await expect.poll(async () => (await proofs(page)).length, { timeout: 20_000 }).toBe(1);
    const { consentId } = await receipt(page);
    expect((await proofs(page))[0].idempotencyKey).toBe(consentId);
  });

  test('the identifier that onProof answers is the one that is kept', async ({ page, consumer }) => {
    const id = '3f0c7b0a-7d35-4a51-9c0f-0d6b5d0c1a11';
    await page.goto(consumer.page('/named', LOCAL.replace('} };', `return '${id}'; } };`)));
    await ui(page).acceptAll.click();
    expect((await receipt(page)).consentId).toBe(id);
  });

  test('without onProof the choice holds all the same, and no proof waits', async ({ page, consumer }) => {
    const errors = complaints(page);
    const script = `window.consent = await placet.init({ config: ${CONFIG} });`;
    await page.goto(consumer.page('/nobody', script, marked('youtube')));
    await ui(page).acceptAll.click();
    await expect.poll(() => ran(page)).toBe('youtube');
    await receipt(page);
    expect(await page.evaluate(() => localStorage.getItem('placet-outbox'))).toBeNull();
    expect(errors).toEqual([]);
  });

  test('an object that asks for more asks again, and one that says the same does not', async ({ page, consumer }) => {
    const with_ = (change: string) => `${LOCAL.replace('window.consent', `${change}; window.consent`)}`;
    await page.goto(consumer.page('/v1', with_('')));
    await ui(page).acceptAll.click();
    await receipt(page);
    await page.goto(consumer.page('/v2', with_(`options.config.services[1].logoUrl = '/logo.svg'`)));
    await expect(ui(page).trigger).toBeVisible();
    await page.goto(consumer.page('/v3', with_(`options.config.services[1].description = 'Watches you.'`)));
    await expect(ui(page).banner).toBeVisible();
  });

  test('every fault of an object is named', async ({ page, consumer }) => {
    const script = `
      const services = [{ slug: 'You Tube', name: 'YouTube', purpose: 'Comfort', description: { en: 'Plays.' } }];
      const config = { services, languages: ['en', 'fr'], cookie: { days: 400 } };
      window.said = await placet.init({ config }).catch((error) => error.message);`;
    await page.goto(consumer.page('/faults', script));
    await expect.poll(() => page.evaluate(() => (window as any).said)).toContain('services[0].slug');
    const said = await page.evaluate(() => (window as any).said);
    for (const part of ['services[0].purpose', 'description: is missing in fr', 'cookie.days'])
      expect(said).toContain(part);
  });

  test('where the file is not beside the module, the WebAssembly comes inside one', async ({
    page,
    consumer,
    site,
  }) => {
    await page.goto(consumer.page('/inside', LOCAL));
    await ui(page).settings.click();
    await expect(ui(page).preferences).toBeVisible();
    const inside = () =>
      page.evaluate(() =>
        performance
          .getEntriesByType('resource')
          .map(({ name }) => name)
          .join(),
      );
    expect(await inside()).toMatch(/\/inline-[\w-]+\.js/);

    site.page('/here/core.wasm', readFileSync(join(consumer.folder, 'node_modules/placet/lib/placet_bg.wasm')), {
      'content-type': 'application/wasm',
    });
    await page.goto(consumer.page('/beside', LOCAL.replace('{ config', `{ wasmUrl: '/here/core.wasm', config`)));
    await ui(page).settings.click();
    await expect(ui(page).preferences).toBeVisible();
    expect(await inside()).not.toMatch(/\/inline-[\w-]+\.js/);
  });
});

test('what goes to a host of a service is held until the service is granted', async ({ page, consumer, trackers }) => {
  const script = LOCAL.replace(
    'window.consent',
    `options.config.services[2].domains = ['127.0.0.1'];
     options.autoblock = placet.autoblock(options.config);
     fetch('${trackers.origin}/collect', { mode: 'no-cors' });
     new Image().src = '${trackers.origin}/pixel.gif';
     window.consent`,
  );
  await page.goto(consumer.page('/held', script));
  await expect(ui(page).banner).toBeVisible();
  expect(trackers.hits().total).toBe(0);
  await ui(page).acceptAll.click();
  await expect.poll(() => trackers.hits().byPath['/collect']).toBe(1);
});

test('bundled into one classic script, it does the same', async ({ page, consumer, site }) => {
  const { outputFiles } = await build({
    stdin: { contents: "import * as placet from 'placet'; window.placetModule = placet;", resolveDir: consumer.folder },
    bundle: true,
    format: 'iife',
    write: false,
    logLevel: 'error',
    logOverride: { 'empty-import-meta': 'silent' },
  });
  const script = `const placet = placetModule; (async () => {${LOCAL}})()`;
  site.page('/classic.js', outputFiles[0]?.text ?? '', { 'content-type': 'text/javascript; charset=utf-8' });
  await page.goto(
    site.page(
      '/classic',
      `<!doctype html><html lang="en"><title>A page</title><script src="/classic.js"></script><script>${script}</script>`,
    ),
  );
  await ui(page).acceptAll.click();
  await receipt(page);
  expect(await proofs(page)).toHaveLength(1);
});

test('started twice, also at the same time, there is one banner and one proof', async ({ page, consumer }) => {
  const script = `${LOCAL}
    const again = await Promise.all([placet.init(structured()), placet.init(structured())]);
    window.same = again.every((other) => other === consent);
    window.other = await placet.init({ config: { services: [options.config.services[0]] } }).catch((error) => error.message);
    function structured() { return { ...options, config: JSON.parse(JSON.stringify(options.config)) }; }`;
  await page.goto(consumer.page('/twice', script));
  await expect(ui(page).banner).toHaveCount(1);
  await expect.poll(() => page.evaluate(() => (window as any).same)).toBe(true);
  await expect.poll(() => page.evaluate(() => (window as any).other)).toContain('another widget');
  await ui(page).acceptAll.click();
  await receipt(page);
  expect(await proofs(page)).toHaveLength(1);
});

test('listeners are told what holds and what changes, until they end', async ({ page, consumer }) => {
  const script = `${LOCAL}
    window.heard = [];
    const note = (name) => (detail) => heard.push([name, detail?.slug ?? null]);
    consent.on('refused:drift', note('refused'));
    consent.on('granted:drift', note('granted'));
    consent.on('updated', note('updated'), { once: true });
    consent.on('hidden', note('hidden'));
    const end = new AbortController();
    consent.on('allAccepted', note('never'), { signal: end.signal });
    end.abort();
    consent.on('allAccepted', note('never'))();
    window.states = [];
    (async () => { for await (const state of consent) states.push(state.services.drift); })();
    window.snapshots = 0;
    consent.subscribe(() => snapshots++);
    await consent.acceptAll();
    await consent.refuseAll();
    consent.setServiceConsent('drift', true);
    window.prepared = [consent.getServiceConsent('drift'), consent.state.services.drift];
    window.done = true;`;
  await page.goto(consumer.page('/listeners', script));
  await expect.poll(() => page.evaluate(() => (window as any).done)).toBe(true);
  const { heard, states, prepared, snapshots } = await page.evaluate(() => {
    const { heard, states, prepared, snapshots } = window as any;
    return { heard, states, prepared, snapshots };
  });
  expect(heard.filter(([name]: string[]) => name !== 'hidden')).toEqual([
    ['refused', 'drift'],
    ['granted', 'drift'],
    ['updated', null],
    ['refused', 'drift'],
  ]);
  expect(states).toEqual([false, true, false]);
  expect(snapshots).toBeGreaterThanOrEqual(2);
  expect(prepared, 'what is prepared does not hold').toEqual([true, false]);
});

test('the package has what it needs and nothing else, and its declarations keep their promises', async ({
  consumer,
}) => {
  const files = readdirSync(join(consumer.folder, 'node_modules/placet'), { recursive: true, withFileTypes: true });
  const kinds = new Set(
    files.filter((file) => file.isFile()).map(({ name }) => name.replace(/^.*?(?=\.\w+$|\.d\.ts$)/, '')),
  );
  expect([...kinds].sort()).toEqual(['.d.ts', '.js', '.json', '.md', '.wasm', 'LICENSE-APACHE', 'LICENSE-MIT']);

  const promises = ['types.ts', 'adapters.ts'];
  for (const file of promises) copyFileSync(join('tests/npm', file), join(consumer.folder, file));
  for (const framework of ['@types', 'vue']) {
    symlinkSync(resolve('node_modules', framework), join(consumer.folder, 'node_modules', framework));
  }
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const) {
    const checked = { target: 'es2022', strict: true, exactOptionalPropertyTypes: true, noEmit: true, types: [] };
    const compilerOptions = { ...checked, module, moduleResolution };
    const project = join(consumer.folder, `tsconfig.${module}.json`);
    writeFileSync(project, JSON.stringify({ compilerOptions, files: promises }));
    execFileSync('node_modules/.bin/tsc', ['--project', project], { encoding: 'utf8' });
  }
});

test('imported and started in Node it does nothing, and a bundle that only imports it has no effect', async ({
  consumer,
}) => {
  const node = (script: string) =>
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: consumer.folder,
      encoding: 'utf8',
    });
  const script = `
    import { init } from 'placet';
    const consent = await init({ server: 'https://consent.example.com', key: 'pk_shop', widget: 1 });
    consent.on('updated', () => {})();
    console.log(JSON.stringify([consent.getServiceConsent('youtube'), await consent.acceptAll(), consent.state.decided]));`;
  expect(JSON.parse(node(script))).toEqual([false, null, false]);

  const { outputFiles } = await build({
    stdin: { contents: "import 'placet'; import { defineWidget } from 'placet';", resolveDir: consumer.folder },
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'error',
    logOverride: { 'ignored-bare-import': 'silent' },
  });
  expect(outputFiles[0]?.text.replace(/^\/\/.*/gm, '').trim()).toBe('');
});

test('the nonce is what init is given, or that of the classic script it is part of; markup has no say', async ({
  page,
  consumer,
  site,
  server,
}) => {
  const NONCE = 'r4nd0m';
  const policy = `script-src 'nonce-${NONCE}' 'strict-dynamic' 'wasm-unsafe-eval'`;
  const begin = `init({ server: '${server.origin}', key: 'pk_demo', widget: 43, ...window.options })
    .then(() => (window.begun = true));`;
  const bundled = await build({
    stdin: { contents: `import { init } from 'placet'; ${begin}`, resolveDir: consumer.folder },
    bundle: true,
    format: 'iife',
    write: false,
    loader: { '.wasm': 'empty' },
    logLevel: 'silent',
    define: { 'import.meta.url': 'location.href' },
  });
  site.page('/classic.js', Buffer.from(bundled.outputFiles[0]!.contents), { 'content-type': 'text/javascript' });
  const module = `<script nonce="${NONCE}" type="module">import { init } from '/app/app.js'; ${begin}</script>`;
  const script = (nonce: string, name: string) =>
    `<script type="text/plain" data-consent="session"${nonce}>window.${name} = true;</script>`;
  for (const [about, start, options, opens] of [
    ['a module', module, '{}', undefined],
    ['a module that is given one', module, `{ nonce: '${NONCE}' }`, true],
    ['a classic script', `<script nonce="${NONCE}" src="/classic.js"></script>`, '{}', true],
  ] as const) {
    const html = `<!doctype html><html lang="en"><title>${about}</title><script nonce="stolen"></script>
      <script nonce="${NONCE}">window.options = ${options};</script>
      ${script(' nonce="stolen"', 'foreign')}${script('', 'naked')}${script(` nonce="${NONCE}"`, 'mine')}${start}`;
    const said = complaints(page);
    await page.goto(site.page('/nonce', html, { 'content-security-policy': policy }));
    await expect.poll(() => said.filter((text) => text.includes('nonce')).length, about).toBe(opens ? 2 : 3);
    const ran = () => page.evaluate(() => ['mine', 'foreign', 'naked'].map((name) => (window as any)[name]));
    await expect.poll(ran, about).toEqual([opens, undefined, undefined]);
    page.removeAllListeners('console');
  }
});
