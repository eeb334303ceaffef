/** Proofs that the server could not take: they wait, and are sent again without anybody doing anything. */
import { createServer, request as pass, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { complaints, coreIsThere, expect, PlacetServer, receipt, test, ui } from './site.ts';

const snippetOf = (origin: string): string =>
  `<script async src="${origin}/sdk/placet.js?key=pk_demo&widget=43"></script>`;
const shop = (snippet: string): string =>
  `<!doctype html><html lang="en"><title>A shop</title>${snippet}<h1>A shop</h1>`;

/** What waits to be sent, the oldest first. */
const waiting = async (page: Page): Promise<{ body: string; due: number; tries: number }[]> =>
  JSON.parse((await page.evaluate(() => localStorage.getItem('placet-outbox'))) ?? '[]');

/** Waits for a receipt as long as times between tries may take. */
async function lateReceipt(page: Page): Promise<string> {
  const kept = () => page.evaluate(() => localStorage.getItem('placet-consent-id'));
  await expect.poll(kept, { timeout: 40_000 }).toContain('"consentId"');
  return (await receipt(page)).consentId;
}

/** A server that takes a proof of one client every ten seconds, and six at first. */
class BusyServer extends PlacetServer {
  override get settings(): Record<string, string> {
    return { ...super.settings, PLACET_PROOFS_PER_CLIENT: '6' };
  }
}

test('a server that takes no more for now is asked again when it said so, once for all tabs', async ({
  page,
  context,
  site,
}) => {
  test.setTimeout(60_000);
  const server = new BusyServer();
  await server.start();
  try {
    const address = site.page('/busy', shop(snippetOf(server.origin)));
    await page.goto(address);
    await expect(ui(page).banner).toBeVisible();
    await coreIsThere(page);
    const statuses: number[] = [];
    context.on('response', (response) => {
      const ofProof = response.url().includes('/consents?') && response.request().method() === 'POST';
      if (ofProof) statuses.push(response.status());
    });
    // Others behind this address take all that there is for now.
    const post = async () =>
      (await fetch(`${server.origin}/v1/widgets/43/consents?key=pk_demo`, { method: 'POST' })).status;
    await expect.poll(post, { intervals: [0] }).toBe(429);

    const errors = complaints(page);
    await ui(page).refuseAll.click();
    await expect.poll(() => errors).toHaveLength(1);
    expect(errors[0]).toMatch(/waits in this browser: more requests came from this address/);
    expect(statuses).toEqual([429]);
    // It is not sent before its time, by this tab or by another.
    const [{ due } = { due: NaN }] = await waiting(page);
    const other = await context.newPage();
    await other.goto(address);

    await lateReceipt(page);
    expect(statuses).toEqual([429, 201]);
    expect(Date.now()).toBeGreaterThanOrEqual(due);
    expect(await waiting(page)).toEqual([]);
    expect(errors, 'said once').toHaveLength(1);
  } finally {
    await server.remove();
  }
});

test('a server that comes back is sent what waits, while the visitor stays on the page', async ({ page, trackers }) => {
  test.setTimeout(60_000);
  const server = new PlacetServer();
  await server.start();
  try {
    await page.goto(`${server.origin}/demo/?trackers=${trackers.origin}`);
    await expect(ui(page).banner).toBeVisible();
    await coreIsThere(page);
    await server.stop();
    const errors = complaints(page);
    await ui(page).acceptAll.click();
    await expect.poll(async () => (await waiting(page))[0]?.tries).toBeGreaterThan(1);

    await server.start();
    const consentId = await lateReceipt(page);
    expect((await server.proof(consentId)).status).toBe(200);
    expect(await waiting(page)).toEqual([]);
    expect(errors, 'said once').toHaveLength(1);
  } finally {
    await server.remove();
  }
});

test('what is under way when the page goes arrives, and is kept once', async ({ page, site, server }) => {
  // The way to the server is long: the page is gone before the proof has arrived.
  const held: (() => void)[] = [];
  const kept: string[] = [];
  const onward = (incoming: IncomingMessage, answer: ServerResponse): void => {
    const { url: path, method, headers } = incoming;
    const port = new URL(server.origin).port;
    const request = pass({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
      if (method === 'POST') response.on('data', (data) => kept.push(JSON.parse(String(data)).consentId));
    });
    request.on('error', () => answer.destroy());
    incoming.pipe(request);
  };
  const way = createServer((incoming, answer) => {
    if (incoming.method === 'POST' && !kept.length) held.push(() => onward(incoming, answer));
    else onward(incoming, answer);
  });
  await new Promise<void>((done) => way.listen(0, '127.0.0.1', done));
  try {
    const origin = `http://localhost:${(way.address() as AddressInfo).port}`;
    const address = site.page('/leave', shop(snippetOf(origin)));
    await page.goto(address);
    await expect(ui(page).banner).toBeVisible();
    await coreIsThere(page);
    await ui(page).acceptAll.click();
    await expect.poll(() => held).toHaveLength(1);
    await page.goto('about:blank');
    held.pop()?.();
    await expect.poll(() => kept).toHaveLength(1);

    // Nobody was there to read the answer, so the next page asks again, under the same name.
    await page.goto(address);
    expect(await lateReceipt(page)).toBe(kept[0]);
    expect(new Set(kept).size).toBe(1);
  } finally {
    way.closeAllConnections();
    way.close();
  }
});

test('who answers and leaves at once is proven, without another page', async ({ browser }) => {
  const server = new PlacetServer();
  await server.start();
  try {
    for (const [index, hook] of ['accept-all', 'refuse-all'].entries()) {
      const page = await (await browser.newContext()).newPage();
      await page.goto(`${server.origin}/demo/`);
      await expect(ui(page).banner).toBeVisible();
      await coreIsThere(page);
      await page.evaluate((hook) => {
        document.querySelector('#placet')!.shadowRoot!.querySelector<HTMLElement>(`[data-placet=${hook}]`)!.click();
        location.href = 'about:blank';
      }, hook);
      await page.waitForURL('about:blank');
      const proven = async () => (await server.proofs()).length;
      await expect.poll(proven).toBe(index + 1);
      await page.context().close();
    }
  } finally {
    await server.remove();
  }
});

test('a proof that was left for a page without a server does not hold others up', async ({ page, site, snippet }) => {
  const left = {
    url: 'placet:/v1/widgets/0/consents?key=x',
    body: '{}',
    expires: '2099-01-01T00:00:00.000Z',
    due: 0,
    tries: 0,
  };
  const address = site.page('/left', shop(snippet));
  await page.goto(address);
  await page.evaluate((left) => localStorage.setItem('placet-outbox', JSON.stringify([left])), left);
  await ui(page).acceptAll.click();
  await lateReceipt(page);
  await expect.poll(() => waiting(page)).toEqual([]);
});

test('what waits is sent to the page’s own server and nowhere else, whatever address is kept with it', async ({
  page,
  site,
  snippet,
  server,
  trackers,
}) => {
  const own = `${server.origin}/v1/widgets/43/consents?key=pk_demo`;
  const addresses = [
    `${trackers.origin}/v1/widgets/43/consents`,
    `${trackers.origin}/collect?key=pk_demo`,
    `${trackers.origin}/?/v1/widgets/43/consents?key=pk_demo`,
    `${own}/../../../../demo/`,
    `${server.origin}/v1/widgets/../../demo/consents?key=pk_demo`,
    '/api/account/delete',
    'javascript:1',
    '',
  ];
  const address = site.page('/foreign', shop(snippet));
  await page.goto(address);
  await ui(page).refuseAll.click();
  const { consentId } = await receipt(page);
  const proofs = (await server.proofs()).length;
  const posted: string[] = [];
  page.on('request', (request) => {
    if (request.method() !== 'GET') posted.push(request.url());
  });
  const left = (url: string, body: unknown) => ({
    url,
    body: JSON.stringify(body),
    expires: '2099-01-01T00:00:00.000Z',
    due: 0,
    tries: 0,
  });
  const wait = (unsent: unknown[]) =>
    page.evaluate((unsent) => localStorage.setItem('placet-outbox', JSON.stringify(unsent)), unsent);
  await wait(addresses.map((url, index) => left(url, { index })));
  await page.reload();
  await expect.poll(() => waiting(page), { timeout: 60_000 }).toEqual([]);
  expect(posted.filter((url) => url !== own)).toEqual([]);
  expect(trackers.hits().total).toBe(0);
  expect((await server.proofs()).length).toBe(proofs);
  // One that a server of another name was to be sent is this site's all the same.
  await wait([left(`${trackers.origin}/consent/v1/widgets/43/consents?key=pk_demo`, {})]);
  await page.reload();
  await expect.poll(() => waiting(page), { timeout: 60_000 }).toEqual([]);
  expect(posted).toContain(own);
  expect(trackers.hits().total).toBe(0);
  expect((await receipt(page)).consentId).toBe(consentId);
});

test('what is erased, or stands under the key of another, leaves the outbox with one sentence', async ({
  page,
  site,
  snippet,
  server,
}) => {
  const url = `${server.origin}/v1/widgets/43/consents?key=pk_demo`;
  const post = (body: string) =>
    fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', origin: 'http://localhost:1' } });
  const { versionKey, purposes } = await (
    await fetch(`${server.origin}/v1/widgets/43?key=pk_demo&lang=en`, { headers: { origin: 'http://localhost:1' } })
  ).json();
  const [{ purpose, services }] = purposes;
  const [{ id, name, slug, version }] = services;
  const decision = (sessionId: string, idempotencyKey: string): string => {
    const cookieConsents = [{ id, name, slug, version, purpose, consent: true, date: '2026-01-01T00:00:00.000Z' }];
    return JSON.stringify({ sessionId, type: 2, idempotencyKey, consents: { lang: 'en', versionKey, cookieConsents } });
  };
  const [one, other] = ['0b93b823-ff36-4d61-8959-e9e8deee5ef8', '1c3baa61-0d05-44e4-8a3d-08d7eeadee05'] as const;

  for (const [key, waits, sentence] of [
    ['erased-meanwhile', decision(one, 'erased-meanwhile'), /does not take the proof: .*has been erased/],
    ['taken', decision(other, 'taken'), /does not take the proof: .*another body was stored under this key/],
  ] as const) {
    const { consentId } = await (await post(decision(one, key))).json();
    if (key === 'erased-meanwhile') expect((await server.erase(consentId)).status).toBe(204);
    const before = (await server.proofs()).length;
    const address = site.page(`/${key}`, shop(snippet));
    await page.goto(site.page('/blank', '<!doctype html>'));
    await page.evaluate(
      (left) => {
        localStorage.clear();
        localStorage.setItem('placet-outbox', JSON.stringify([left]));
      },
      { url, body: waits, expires: '2099-01-01T00:00:00.000Z', due: 0, tries: 1 },
    );
    const errors = complaints(page);
    await page.goto(address);
    await expect.poll(() => errors).toHaveLength(1);
    expect(errors[0]).toMatch(sentence);
    await expect.poll(() => waiting(page)).toEqual([]);
    expect((await server.proofs()).length, 'nothing is stored for it').toBe(before);
    expect(await page.evaluate(() => localStorage.getItem('placet-consent-id'))).toBeNull();
    // It is asked for no more.
    await page.reload();
    await expect(ui(page).banner).toBeVisible();
    expect(errors).toHaveLength(1);
  }
});
