/** Content security policies: the strict ones that sites use, with nothing loosened for Placet but what is documented. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { complaints, cookie, expect, test, ui } from './site.ts';

const NONCE = 'r4nd0m';

/** What the policy of the page forbade. */
async function violations(page: Page): Promise<string[]> {
  const found: string[] = [];
  await page.exposeFunction('forbidden', (what: string) => found.push(what));
  await page.addInitScript(() =>
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) =>
      (window as any).forbidden(`${effectiveDirective} ${blockedURI} ${sample}`),
    ),
  );
  return found;
}

const strict = (server: string, trackers: string): string =>
  [
    "default-src 'none'",
    `script-src 'nonce-${NONCE}' 'strict-dynamic' 'wasm-unsafe-eval'`,
    `connect-src ${server} ${trackers}`,
    `frame-src ${trackers}`,
  ].join('; ');

const shop = (snippet: string, trackers: string): string => `<!doctype html><html lang="en"><title>A strict shop</title>
  ${snippet.replace('<script', `<script nonce="${NONCE}"`)}
  <h1>A strict shop</h1>
  <script type="text/plain" data-consent="analytics" nonce="${NONCE}">window.inline = true;</script>
  <script type="text/plain" data-consent="drift" nonce="${NONCE}" data-src="${trackers}/analytics.js"></script>
  <script type="text/plain" data-consent="drift" nonce="stolen">window.foreign = true;</script>
  <iframe data-consent="youtube" data-src="${trackers}/frame.html" title="A film" width="400" height="300"></iframe>`;

for (const [about, extra] of [
  ['nonce and strict-dynamic', ''],
  ['the same with Trusted Types', "; require-trusted-types-for 'script'; trusted-types placet"],
] as const) {
  test(`${about}: everything works but a script with a foreign nonce, and nothing is violated`, async ({
    page,
    site,
    snippet,
    server,
    trackers,
  }) => {
    const forbidden = await violations(page);
    const errors = complaints(page);
    const policy = strict(server.origin, trackers.origin) + extra;
    await page.goto(site.page('/strict', shop(snippet, trackers.origin), { 'content-security-policy': policy }));
    await expect(page.getByRole('button', { name: 'Always allow YouTube' })).toBeVisible();
    await ui(page).settings.click();
    await expect(ui(page).preferences).toBeVisible();
    await page.keyboard.press('Escape');
    await ui(page).acceptAll.click();
    await expect.poll(() => trackers.hits().byPath['/analytics.js']).toBe(1);
    await expect.poll(() => trackers.hits().byPath['/frame.html']).toBe(1);
    expect(await page.evaluate(() => [(window as any).inline, (window as any).foreign])).toEqual([true, undefined]);
    expect(await cookie(page)).toMatchObject({ drift: true });
    expect(forbidden).toEqual([]);
    expect(errors).toEqual([expect.stringContaining("the snippet's nonce")]);
  });
}

test('a policy that does not name the Trusted Types policy: the sentence does', async ({
  page,
  site,
  snippet,
  server,
  trackers,
}) => {
  const errors = complaints(page);
  const policy = `${strict(server.origin, trackers.origin)}; require-trusted-types-for 'script'; trusted-types other`;
  await page.goto(site.page('/untrusted', shop(snippet, trackers.origin), { 'content-security-policy': policy }));
  await ui(page).acceptAll.click();
  await expect.poll(() => errors.length).toBeGreaterThan(0);
  expect(errors[0]).toContain('trusted-types placet');
  expect(trackers.hits().byPath['/analytics.js']).toBeUndefined();
});

test('what is served contains no eval, no markup from text, and no inline style', () => {
  const folder = 'www/dist/sdk';
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
  expect(scripts.length).toBeGreaterThanOrEqual(8);
  for (const name of scripts) {
    let text = readFileSync(`${folder}/${name}`, 'utf8');
    // What stands between the page and such a call passes on what the page says.
    if (text.includes('createContextualFragment')) {
      text = text.replace(/"(innerHTML|outerHTML|insertAdjacentHTML)"|\b(inner|outer)HTML\b/g, '');
    }
    expect(
      text.match(
        /\beval\(|new Function|\.(inner|outer)HTML=[^=]|\.insertAdjacentHTML\(|document\.write|cssText|"style"|<style/g,
      ),
      name,
    ).toBeNull();
  }
});
