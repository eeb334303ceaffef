/** The snippet finds its own address, however it came into the page, or says in one sentence what it needs. */
import { complaints, expect, test, ui } from './site.ts';

const page = (content: string): string =>
  `<!doctype html><html lang="en"><title>A shop</title><h1>A shop</h1>${content}`;

const WAYS: [about: string, html: (src: string) => string][] = [
  ['as pasted', (src) => `<script async src="${src}"></script>`],
  ['with a version that has slashes', (src) => `<script async src="${src}&v=2026/11/22"></script>`],
  ['with a path as a parameter', (src) => `<script async src="${src}&from=/a/b/c?d#e"></script>`],
  ['as a module', (src) => `<script type="module" src="${src}&v=2026/11/22"></script>`],
  ['by import()', (src) => `<script type="module">import('${src}');</script>`],
  ['by import', (src) => `<script type="module">import '${src}';</script>`],
  [
    'by code, which then takes the element away',
    (src) => `<script>const s = document.createElement('script'); s.src = '${src}';
      document.head.append(s); s.remove();</script>`,
  ],
  [
    'by an optimiser that gives it its address later',
    (src) => `<script id="late" type="text/rocketscript" data-rocket-src="${src}"></script><script>
      const s = document.createElement('script'); s.src = late.dataset.rocketSrc; late.replaceWith(s);</script>`,
  ],
  [
    'by an optimiser that fetches it and runs its text',
    (src) => `<script type="text/delayed" src="${src}"></script><script>
      fetch('${src}').then((answer) => answer.text()).then((text) => setTimeout(text));</script>`,
  ],
  [
    'by an optimiser that runs it from a blob',
    (src) => `<script type="text/delayed" src="${src}"></script><script>
      fetch('${src}').then((answer) => answer.blob()).then((blob) => {
        const s = document.createElement('script'); s.src = URL.createObjectURL(blob); document.head.append(s);
      });</script>`,
  ],
];

for (const [about, html] of WAYS) {
  test(`found: ${about}`, async ({ page: tab, site, server }) => {
    const said = complaints(tab);
    await tab.goto(site.page('/found', page(html(`${server.origin}/sdk/placet.js?key=pk_demo&widget=43`))));
    await expect(ui(tab).banner).toBeVisible();
    expect(said).toEqual([]);
  });
}

test('found: inlined beside what it was, and combined into another file', async ({ page: tab, site, server }) => {
  const said = complaints(tab);
  const src = `${server.origin}/sdk/placet.js?key=pk_demo&widget=43`;
  const gate = await (await fetch(src)).text();
  site.page('/all.js', `var first = 1;\n${gate}\nvar last = 1;`, { 'content-type': 'text/javascript' });
  for (const script of [`<script>${gate}</script>`, '<script src="/all.js?ver=6.4"></script>']) {
    await tab.goto(site.page('/beside', page(`<script type="text/delayed" src="${src}"></script>${script}`)));
    await expect(ui(tab).banner).toBeVisible();
  }
  expect(said).toEqual([]);
});

test('what cannot be found is named, and so is what an address lacks', async ({ page: tab, site, server }) => {
  const said = complaints(tab);
  const src = `${server.origin}/sdk/placet.js?key=pk_demo&widget=43`;
  const gate = await (await fetch(src)).text();
  site.page('/all.js', gate, { 'content-type': 'text/javascript' });
  const two = `<script type="a" src="${src}"></script><script type="a" src="${src}0"></script>`;
  for (const [html, sentence] of [
    [`<script>${gate}</script>`, 'cannot tell its own address'],
    [`${two}<script>${gate}</script>`, 'cannot tell its own address'],
    [`<script src="${server.origin}/sdk/placet.js?widget=43"></script>`, 'lacks key='],
    [`<script src="${server.origin}/sdk/placet.js?key=pk_demo"></script>`, 'lacks widget='],
  ] as const) {
    await tab.goto(site.page('/lost', page(html)));
    await expect.poll(() => said).toEqual([expect.stringContaining(sentence)]);
    said.length = 0;
  }
});
