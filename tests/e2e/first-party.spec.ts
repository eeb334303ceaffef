/** A path of the site leads to the consent server, through the site's own proxy: a visitor's choice, and what the doctor says. */
import { execFile } from 'node:child_process';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SERVER } from '../../scripts/server.mjs';
import { cookie, expect, receipt, test as base, ui } from './site.ts';

const SNIPPET = '<script async src="/consent/sdk/placet.js?key=pk_demo&amp;widget=43"></script>';

interface Shop {
  origin: string;
  /** What was posted through the proxy: the status, and the cookies that the answer set. */
  posted: { status: number; set: string[] }[];
  /** Headers that the proxy takes from answers. */
  swallowed: string[];
}

const test = base.extend<{ proxied: Shop }>({
  proxied: async ({ server }, use) => {
    const shop: Shop = { origin: '', posted: [], swallowed: [] };
    const proxy: Server = createServer((asked, answer) => {
      const { method, url = '/', headers } = asked;
      if (!url.startsWith('/consent/')) {
        answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
        answer.end(`<!doctype html><title>Shop</title>${SNIPPET}<h1>Shop</h1>`);
        return;
      }
      const onward = request(new URL(url.slice('/consent'.length), server.origin), { method, headers }, (response) => {
        const { statusCode = 502, headers: kept } = response;
        if (method === 'POST') shop.posted.push({ status: statusCode, set: kept['set-cookie'] ?? [] });
        for (const name of shop.swallowed) delete kept[name];
        answer.writeHead(statusCode, kept);
        response.pipe(answer);
      });
      asked.pipe(onward);
    });
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
    shop.origin = `http://localhost:${(proxy.address() as AddressInfo).port}`;
    await use(shop);
    proxy.closeAllConnections();
    await new Promise((done) => proxy.close(done));
  },
});

/** What the doctor says of a page: how it ends, and the verdict of each check. */
function doctor(page: string): Promise<{ code: number; verdicts: Record<string, string> }> {
  return new Promise((done) => {
    execFile(SERVER, ['doctor', page, '--json'], (error, told) => {
      const { findings } = JSON.parse(told) as { findings: { check: string; verdict: string }[] };
      const verdicts = Object.fromEntries(findings.map(({ check, verdict }) => [check, verdict]));
      done({ code: typeof error?.code === 'number' ? error.code : 0, verdicts });
    });
  });
}

test('a choice is proven through a path of the site, and its cookie is set by HTTP', async ({
  page,
  server,
  proxied: shop,
}) => {
  await page.goto(shop.origin);
  await ui(page).acceptAll.click();
  const { consentId } = await receipt(page);
  expect((await server.proof(consentId)).status).toBe(200);
  expect(await cookie(page)).toMatchObject({ drift: true });
  expect(shop.posted).toMatchObject([{ status: 201 }]);
  expect(shop.posted[0]!.set[0]).toMatch(/^euconsent=.*drift.*; Max-Age=1555\d{4}/);
});

test('the doctor finds such a site well, and says what its proxy keeps back', async ({ proxied: shop }) => {
  const { code, verdicts } = await doctor(shop.origin);
  expect(code).toBe(0);
  expect(new Set(Object.values(verdicts))).toEqual(new Set(['ok']));
  expect(verdicts).toHaveProperty('first-party');
  shop.swallowed.push('set-cookie');
  expect(await doctor(shop.origin)).toMatchObject({ code: 1, verdicts: { 'first-party': 'error' } });
});
