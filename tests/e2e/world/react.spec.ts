/** React, which takes out of the page what it has put in, and compares what it finds there with what it would render. */
import { build } from 'esbuild';
import { root } from '../../../scripts/lib.mjs';
import { expect, receipt, type Site, test, ui } from '../site.ts';
import { article, asked, ran, settled, tells } from '../vendor.ts';

type Trackers = Parameters<typeof ran>[0];

/** Two views, each with something of everything; the first is what a server would have rendered. */
async function app(site: Site, trackers: Trackers, file: string, start: string): Promise<string> {
  const contents = `
    import { StrictMode, useState } from 'react';
    import { createRoot, hydrateRoot } from 'react-dom/client';
    const mark = { type: 'text/plain', 'data-consent': 'analytics' };
    function View({ name }) {
      return <section><h2>View {name}</h2>
        <script {...mark} dangerouslySetInnerHTML={{ __html: ${JSON.stringify(tells(trackers, 'NAME'))}.replace('NAME', name) }} />
        <script {...mark} data-src="${file}" />
        <iframe data-consent="youtube" data-src={'${trackers.origin}/' + name + '.html'} title={'Film ' + name} width="300" height="150" />
        <img data-consent="google-ads" data-src={'${trackers.origin}/' + name + '.gif'} alt="" />
        <p>The end of {name}</p></section>;
    }
    export function App() {
      const [name, show] = useState('one');
      return <div>{['one', 'two'].map((to) => <button key={to} onClick={() => show(to)}>Show {to}</button>)}<View key={name} name={name} /></div>;
    }
    const main = document.querySelector('#root');
    ${start}`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'jsx' },
    bundle: true,
    write: false,
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"development"' },
    logLevel: 'error',
  });
  return site.page('/app.js', Buffer.from(outputFiles[0]!.contents), { 'content-type': 'text/javascript' });
}

for (const [name, start] of Object.entries({
  'rendered in the browser, mounted twice by strict mode': 'createRoot(main).render(<StrictMode><App /></StrictMode>);',
  'hydrated, after the gate has begun': `
    window.hydrate = () => hydrateRoot(main, <App />, { onRecoverableError: (error) => (window.recovered = error.message) });`,
})) {
  test(name, async ({ page, site, snippet, trackers }) => {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) errors.push(message.text());
    });
    const file = trackers.serve('/file.js', 'text/javascript', tells(trackers, 'file'));
    const script = await app(site, trackers, file, start);
    const isHydrated = start.includes('hydrate');
    const mark = 'type="text/plain" data-consent="analytics"';
    // As React's server writes it.
    const rendered = `<div><button>Show <!-- -->one</button><button>Show <!-- -->two</button><section><h2>View <!-- -->one</h2><script ${mark}>${tells(trackers, 'one')}</script><script ${mark} data-src="${file}"></script><iframe data-consent="youtube" data-src="${trackers.origin}/one.html" title="Film one" width="300" height="150"></iframe><img data-consent="google-ads" data-src="${trackers.origin}/one.gif" alt=""/><p>The end of <!-- -->one</p></section></div>`;
    const html = article(
      snippet,
      `<div id="root">${isHydrated ? rendered : ''}</div><script src="${script}"></script>`,
    );
    const url = site.page('/react', html);
    await page.goto(url);
    await expect(ui(page).banner).toBeVisible();
    expect(trackers.hits().total).toBe(0);
    await ui(page).acceptAll.click();
    await expect.poll(() => ran(trackers)).toEqual(['one', 'file']);
    await expect.poll(() => asked(trackers)).toEqual(expect.arrayContaining(['/one.gif', '/one.html']));
    await receipt(page);
    if (isHydrated) await page.evaluate('hydrate()');
    for (const to of ['two', 'one', 'two']) {
      trackers.clear();
      await page.getByRole('button', { name: `Show ${to}` }).click();
      await expect(page.getByRole('heading', { name: `View ${to}` })).toBeVisible();
      await expect.poll(() => ran(trackers)).toEqual([to, 'file']);
      await expect.poll(() => asked(trackers)).toEqual(expect.arrayContaining([`/${to}.gif`, `/${to}.html`]));
      await settled(page, trackers);
      expect(ran(trackers)).toEqual([to, 'file']);
      await expect(page.locator('section')).toHaveCount(1);
    }
    await page.evaluate(() => window.placet?.push((manager) => manager.refuseAll()));
    await expect(page.getByRole('group', { name: 'Film two' })).toBeVisible();
    trackers.clear();
    await page.getByRole('button', { name: 'Show one' }).click();
    await expect(page.getByRole('group', { name: 'Film one' })).toBeVisible();
    await settled(page, trackers);
    expect(asked(trackers)).toEqual([]);
    // No mismatch, and nothing that is "not a child of this node".
    expect(errors.filter((error) => !/data-placet|hydrat/i.test(error) || !isHydrated)).toEqual([]);
    expect(await page.evaluate('window.recovered')).toBeUndefined();
  });
}
