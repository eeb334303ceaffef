/** A page over TLS that is told of a server without: browsers let it ask nothing there (W3C Mixed Content, 5.1). */
import { startTlsProxy } from '../engines/tls.ts';
import { complaints, ui } from '../e2e/site.ts';
import { expect, test } from './consumer.ts';

test.use({ ignoreHTTPSErrors: true });

test('an https page cannot ask an http server, and one sentence says so', async ({ page, site, server, consumer }) => {
  const proxy = await startTlsProxy(`http://localhost:${site.port}`);
  try {
    const said = complaints(page);
    const asked: string[] = [];
    page.on('requestfinished', (request) => asked.push(request.url()));
    const mixed = server.origin.replace('localhost', 'consent.shop.test');
    const script = `window.consent = placet.init({ server: '${mixed}', key: 'pk_demo', widget: 43 });`;
    const marked = '<script type="text/plain" data-consent="drift">window.ran = true</script>';
    const url = consumer.page('/mixed', script, marked).replace(/^http:.*?:\d+/, `https://www.shop.test:${proxy.port}`);
    await page.goto(url);
    await expect.poll(() => said.length).toBe(1);
    expect(said[0]).toContain(`an https page may not ask ${mixed}; give the server an https address`);
    await expect(page.getByRole('heading', { name: 'A page' })).toBeVisible();
    expect(await ui(page).banner.count()).toBe(0);
    expect(await page.evaluate(() => (window as any).ran)).toBeUndefined();
    expect(asked.filter((address) => address.startsWith(mixed))).toEqual([]);
    expect(said).toHaveLength(1);
  } finally {
    await proxy.stop();
  }
});
