/** Pages that put another document in the place of their own, whole or in part. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { build } from 'esbuild';
import { root } from '../../../scripts/lib.mjs';
import { coreIsThere, expect, receipt, test, ui } from '../site.ts';
import { isAnswerable, isReached } from './reach.ts';

const html = (snippet: string, body = '<h1>A page</h1>'): string =>
  `<!doctype html><html lang="en"><head><title>A page</title>${snippet}</head><body>${body}</body></html>`;

/** Ways to replace what the host stands in. */
const WAYS: [name: string, replace: string][] = [
  [
    'another root element',
    `const next = new DOMParser().parseFromString('<html lang="en"><body><h1>Another</h1></body></html>', 'text/html');
     document.documentElement.replaceWith(document.adoptNode(next.documentElement))`,
  ],
  [
    'what React renders',
    `const next = document.createElement('html');
     next.append(document.createElement('head'), document.createElement('body'));
     next.lastChild.innerHTML = '<h1>Another</h1>';
     document.removeChild(document.documentElement);
     document.appendChild(next)`,
  ],
  [
    'no root element for a while',
    `document.documentElement.remove();
     setTimeout(() => {
       document.append(document.createElement('html'));
       setTimeout(() => {
         document.documentElement.append(document.createElement('body'));
         document.body.innerHTML = '<h1>Another</h1>';
       });
     })`,
  ],
  ['the body’s content', `document.body.innerHTML = '<h1>Another</h1>'`],
  [
    'the body’s children',
    `document.body.replaceChildren(Object.assign(document.createElement('h1'), { textContent: 'Another' }))`,
  ],
  ['the root’s content', `document.documentElement.innerHTML = '<head></head><body><h1>Another</h1></body>'`],
  [
    'document.open, write and close',
    `document.open(); document.write('<!doctype html><html lang="en"><body><h1>Another</h1></body></html>'); document.close()`,
  ],
  [
    'document.write after the page has loaded, in slices',
    `document.write('<p>More'); setTimeout(() => { document.write('<h1>Another</h1>'); document.close() })`,
  ],
  [
    'a view transition',
    `document.startViewTransition(() => { document.body.outerHTML = '<body><h1>Another</h1></body>' })`,
  ],
];

const replace = async (page: Page, code: string): Promise<void> => {
  await page.evaluate((code) => void new Function(code)(), code);
  await expect(page.getByRole('heading', { name: 'Another', includeHidden: true })).toBeAttached();
};

for (const [name, code] of WAYS) {
  test(`replaced: ${name}`, async ({ page, site, snippet }) => {
    // The banner, before there is a core, and after it.
    await page.goto(site.page('/replaced', html(snippet)));
    await isAnswerable(page);
    await coreIsThere(page);
    await replace(page, code);
    await isAnswerable(page);
    await expect(page.locator('[id="placet"]')).toHaveCount(1);

    // The preferences, with the switches as they stand.
    await ui(page).settings.click();
    await ui(page).purpose('Marketing').check();
    await replace(page, code);
    await expect.poll(() => isReached(ui(page).save)).toBe(true);
    expect(
      await page.evaluate(() => !!document.querySelector('#placet')?.shadowRoot?.querySelector('dialog:modal')),
    ).toBe(true);
    await expect(ui(page).service('drift')).toBeChecked();
    await ui(page).purpose('Preference').check();
    await expect(ui(page).service('youtube')).toBeChecked();
    await page.keyboard.press('Escape');
    await expect(ui(page).preferences).toHaveCount(0);
    await ui(page).settings.click();
    await ui(page).service('drift').check();
    await ui(page).save.click();
    await expect(ui(page).banner).toHaveCount(0);
    await receipt(page);

    // The trigger of somebody who has chosen, with nothing but the gate.
    await page.goto(site.page('/replaced', html(snippet)));
    await expect(ui(page).trigger).toBeVisible();
    await replace(page, code);
    await expect.poll(() => isReached(ui(page).trigger)).toBe(true);
    await ui(page).trigger.click();
    await expect(ui(page).service('drift')).toBeChecked();
  });
}

test('a replaced document goes on opening what is granted, and other tabs are heard', async ({
  context,
  page,
  site,
  snippet,
  trackers,
}) => {
  const chat = `<script type="text/plain" data-consent="drift" data-src="${trackers.origin}/chat.js"><\\/script>`;
  const address = site.page('/opened', html(snippet));
  await page.goto(address);
  await isAnswerable(page);
  await replace(page, `document.open(); document.write('<h1>Another</h1>${chat}'); document.close()`);
  await ui(page).acceptAll.click();
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
  await receipt(page);
  const other = await context.newPage();
  await other.goto(address);
  await other.evaluate(() => (window as any).placet.push((manager: any) => manager.refuseAll()));
  const holds = () => page.evaluate(() => (window as any).placet.manager.getServiceConsent('drift'));
  await expect.poll(holds).toBe(false);
});

test('what a router has kept of the page’s markup makes no second host', async ({ page, site, snippet }) => {
  await page.goto(site.page('/kept', html(snippet)));
  await isAnswerable(page);
  await page.evaluate(() => {
    const kept = document.body.innerHTML;
    document.body.innerHTML = kept + kept;
  });
  await isAnswerable(page);
  await expect(page.locator('[id="placet"]')).toHaveCount(1);
});

test('inline, the banner comes back when what is around it is made anew', async ({ page, site, snippet }) => {
  const around = '<div id="app"><main><div data-placet-inline></div></main></div>';
  await page.goto(site.page('/around', html(snippet, around)));
  await isAnswerable(page);
  await page.evaluate(
    () => (document.querySelector('#app')!.innerHTML = '<section><div data-placet-inline></div></section>'),
  );
  await isAnswerable(page);
  await expect(page.locator('section #placet')).toHaveCount(1);
});

const OF_REACT_18 = join(root, 'tests', 'e2e', 'world', 'react-18');

for (const version of [18, 19]) {
  test(`React ${version} renders the document anew after a mismatch`, async ({ page, site, snippet }) => {
    test.slow();
    if (version === 18 && !existsSync(join(OF_REACT_18, 'node_modules'))) {
      execFileSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], { cwd: OF_REACT_18 });
    }
    const { outputFiles } = await build({
      stdin: {
        contents: `
          import { createElement as h, useState } from 'react';
          import { hydrateRoot } from 'react-dom/client';
          window.start = () => hydrateRoot(document, h(function App() {
            const [count, add] = useState(0);
            return h('html', { lang: 'en' },
              h('head', null, h('title', null, 'A page')),
              h('body', null, h('h1', null, 'Another'), h('button', { id: 'add', onClick: () => add(count + 1) }, String(count))));
          }), { onRecoverableError: (error) => (window.recovered = String(error)) });
        `,
        resolveDir: version === 18 ? OF_REACT_18 : root,
      },
      bundle: true,
      write: false,
      minify: true,
      define: { 'process.env.NODE_ENV': '"production"' },
    });
    const app = `<h1>From the server</h1><div>Not what React renders</div><script>${outputFiles[0]!.text}</script>`;
    await page.goto(site.page('/react', html(snippet, app)));
    await isAnswerable(page);
    await page.evaluate(() => (window as any).start());
    await expect(page.getByRole('heading', { name: 'Another' })).toBeVisible();
    expect(await page.evaluate(() => (window as any).recovered)).toBeTruthy();
    await isAnswerable(page);
    await page.locator('#add').click();
    await expect(page.locator('#add')).toHaveText('1');
    await ui(page).settings.click();
    await ui(page).purpose('Marketing').check();
    await ui(page).save.click();
    await expect.poll(() => isReached(ui(page).trigger)).toBe(true);
    await receipt(page);
  });
}
