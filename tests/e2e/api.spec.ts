/** The page's API: the queue before and after load, the manager, and every event. */
import type { Page } from '@playwright/test';
import { complaints, cookie, expect, heard, listen, receipt, test, ui } from './site.ts';

/** Runs in the page with the manager, once there is one. */
const withManager = <T>(page: Page, use: (manager: any) => T): Promise<T> =>
  page.evaluate(
    (source) =>
      new Promise<never>((done, fail) => {
        (window.placet as { push(fn: unknown): void }).push(async (manager: unknown) => {
          try {
            done((await new Function('manager', `return (${source})(manager)`)(manager)) as never);
          } catch (error) {
            fail(error);
          }
        });
      }),
    use.toString(),
  );

const plain = (snippet: string, head = ''): string =>
  `<!doctype html><html lang="en"><title>A page</title>${head}${snippet}`;

test('the queue works before and after the script arrives, in any order', async ({ page, site, snippet }) => {
  const before = `<script>
    window.calls = [];
    window.placet = window.placet || [];
    placet.push(['ready', (manager) => calls.push('before ' + manager.hasConsented())], (manager) => calls.push('bare'));
  </script>`;
  await page.goto(site.page('/queue', plain(snippet, before)));
  await expect(ui(page).banner).toBeVisible();
  const calls = () => page.evaluate(() => (window as any).calls);
  await expect.poll(calls).toEqual(['before false', 'bare']);
  await page.evaluate(() => {
    const { calls } = window as any;
    (window.placet as any).push(() => {
      throw new Error('a callback fails');
    }, ['ready', () => calls.push('after')]);
    // A page that starts its array anew, as on each navigation of a single-page application, loses nothing.
    window.placet = [['ready', () => calls.push('anew')]];
    (window.placet as any).push(() => calls.push('and again'));
  });
  expect(await calls()).toEqual(['before false', 'bare', 'after', 'anew', 'and again']);
});

test('commands that are none are named, and stop nothing', async ({ page, site, snippet }) => {
  const errors = complaints(page);
  const before = `<script>
    window.calls = [];
    window.placet = [['sing'], null, 42, ['set', 'colour', 'red'], ['ready'], ['iframeBlock', {selector: '((', service: 'x'}],
      (manager) => calls.push('still')];
  </script>`;
  await page.goto(site.page('/nonsense', plain(snippet, before)));
  await expect(ui(page).banner).toBeVisible();
  await expect.poll(() => page.evaluate(() => (window as any).calls)).toEqual(['still']);
  expect(errors).toHaveLength(6);
  expect(errors[0]).toContain('sing');
});

test('an opaque user id goes with the proof; one that looks like an e-mail address is refused', async ({
  page,
  site,
  snippet,
  server,
}) => {
  const errors = complaints(page);
  const before = `<script>window.placet = [['set', 'userId', 'u-1'], ['set', 'userId', 'ann@example.com']];</script>`;
  await page.goto(site.page('/user', plain(snippet, before)));
  await ui(page).acceptAll.click();
  const { consentId } = await receipt(page);
  expect((await (await server.proof(consentId)).json()).userId).toBe('u-1');
  expect(errors).toHaveLength(1);
  expect(errors[0]).toContain('e-mail');
});

test('a name for the visitor that the server would refuse is left out, and the proof is kept', async ({
  page,
  site,
  snippet,
  server,
}) => {
  for (const name of ['ann＠example.com', 'ann%40example.com', 'x'.repeat(129), 'a\u0007b']) {
    const errors = complaints(page);
    const before = `<script>window.placet = [['set', 'userId', ${JSON.stringify(name)}]];</script>`;
    await page.goto(site.page('/unfit', plain(snippet, before)));
    await page.evaluate(() => localStorage.clear());
    await page.context().clearCookies();
    await page.reload();
    await ui(page).acceptAll.click();
    const { consentId } = await receipt(page);
    expect((await (await server.proof(consentId)).json()).userId).toBeUndefined();
    await expect.poll(() => errors).toHaveLength(1);
    expect(errors[0]).toContain('userId is not sent');
    page.removeAllListeners('console');
  }
});

test('the manager tells every service with all that is known of it', async ({ page, site, snippet }) => {
  await page.goto(site.page('/all', plain(snippet)));
  const all = await withManager(page, (manager) => manager.getAllConsents());
  expect(all.map(({ slug }: any) => slug)).toEqual(['session', 'youtube', 'analytics', 'drift', 'google-ads']);
  expect(all[3]).toEqual({
    id: '584ffef3-251c-4e9a-efb8-08d7fbfbee92',
    name: 'Drift',
    slug: 'drift',
    purpose: 3,
    consent: false,
    defaultConsent: false,
    requiredConsent: false,
    description: expect.stringContaining('chat'),
    logoUrl: null,
    privacyPolicyUrl: expect.stringMatching(/^https:/),
  });
  expect(all[0]).toMatchObject({ consent: true, requiredConsent: true, purpose: 0 });
});

test('what is set is prepared, and kept by save()', async ({ page, site, snippet, server }) => {
  await page.goto(site.page('/save', plain(snippet)));
  const consentId = await withManager(page, (manager) => {
    manager.setPurposeConsent('Marketing', true);
    manager.setServiceConsent('google-ads', false);
    return manager.save();
  });
  expect(await withManager(page, (manager) => manager.consentId)).toBe(consentId);
  expect((await receipt(page)).consentId).toBe(consentId);
  expect(await cookie(page)).toMatchObject({ session: true, drift: true, 'google-ads': false, analytics: false });
  await expect(ui(page).banner).toHaveCount(0);
  await expect.poll(() => withManager(page, (manager) => manager.getServiceConsent('drift'))).toBe(true);
  expect(await withManager(page, (manager) => manager.getPurposeConsent('Marketing'))).toBe(false);
  expect(await withManager(page, (manager) => manager.getPurposeConsent('Necessary'))).toBe(true);
  expect(await withManager(page, (manager) => manager.hasConsented())).toBe(true);
  const proof = await (await server.proof(consentId)).json();
  const granted = proof.consents.cookieConsents.filter((entry: any) => entry.consent).map((entry: any) => entry.slug);
  expect(granted).toEqual(['session', 'drift']);
});

test('acceptAll, refuseAll, open, close and reset do what they say', async ({ page, site, snippet }) => {
  await page.goto(site.page('/verbs', plain(snippet)));
  expect(await withManager(page, (manager) => manager.acceptAll())).toMatch(/^[0-9a-f-]{36}$/);
  await expect.poll(() => cookie(page)).toMatchObject({ drift: true, analytics: true });
  expect(await withManager(page, (manager) => manager.refuseAll())).toMatch(/^[0-9a-f-]{36}$/);
  await expect.poll(() => cookie(page)).toMatchObject({ session: true, drift: false, analytics: false });

  await withManager(page, (manager) => manager.open());
  await expect(ui(page).preferences).toBeVisible();
  await withManager(page, (manager) => manager.close());
  await expect(ui(page).preferences).toHaveCount(0);

  await withManager(page, (manager) => manager.reset());
  await expect(ui(page).banner).toBeVisible();
  expect(await cookie(page)).toBeUndefined();
  expect(await withManager(page, (manager) => [manager.consentId, manager.hasConsented()])).toEqual([null, false]);
  expect(await page.evaluate(() => localStorage.getItem('placet-consent-id'))).toBeNull();
});

test('unknown slugs and labels, and refusing what is necessary, throw errors that say so', async ({
  page,
  site,
  snippet,
}) => {
  await page.goto(site.page('/errors', plain(snippet)));
  const thrown = await withManager(page, (manager) => {
    const attempt = (act: () => unknown) => {
      try {
        act();
        return 'nothing';
      } catch (error) {
        return `${(error as Error).name}: ${(error as Error).message}`;
      }
    };
    return [
      attempt(() => manager.getServiceConsent('nobody')),
      attempt(() => manager.setServiceConsent('nobody', true)),
      attempt(() => manager.getPurposeConsent('marketing')),
      attempt(() => manager.setPurposeConsent('marketing', true)),
      attempt(() => manager.setServiceConsent('session', false)),
      attempt(() => manager.setPurposeConsent('Necessary', false)),
      attempt(() => manager.setServiceConsent('drift', 'yes')),
      attempt(() => manager.getServiceConsent('toString')),
    ];
  });
  const kinds = [
    'RangeError',
    'RangeError',
    'RangeError',
    'RangeError',
    'TypeError',
    'TypeError',
    'TypeError',
    'RangeError',
  ];
  expect(thrown.map((text) => text.split(':')[0])).toEqual(kinds);
  expect(thrown[0]).toContain('"nobody"');
  expect(thrown[2]).toContain('Marketing');
});

test('dispatchEvent() applies to the page and keeps nothing', async ({ page, site, snippet, trackers }) => {
  await listen(page);
  const chat = `<script type="text/plain" data-consent="drift" data-src="${trackers.origin}/chat.js"></script>`;
  await page.goto(site.page('/dispatch', plain(snippet) + chat));
  await withManager(page, (manager) => {
    manager.setServiceConsent('drift', true);
    manager.dispatchEvent();
  });
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
  expect(await cookie(page)).toBeUndefined();
  expect(await heard(page)).toContain('placet:consent:drift');
  expect(await heard(page)).not.toContain('placet:consents:updated');
  await expect(ui(page).banner).toBeVisible();
});

test('each event fires when it should, once', async ({ page, site, snippet }) => {
  await listen(page);
  await page.goto(site.page('/events', plain(snippet)));
  await expect(ui(page).banner).toBeVisible();
  const refused = ['youtube', 'analytics', 'drift', 'google-ads'].map((slug) => `placet:refused:${slug}`);
  const loaded = ['placet:consents:ready', 'placet:consent:session', ...refused];
  await expect.poll(() => heard(page)).toEqual([...loaded, 'placet:banner:shown']);

  // What was not yet asked for is refused already: refusing it changes nothing for the services.
  await ui(page).refuseAll.click();
  const after = (events: string[]) => expect.poll(async () => (await heard(page)).slice(7)).toEqual(events);
  const asked = ['placet:banner:hidden', 'placet:consents:updated', 'placet:consents:any_refused'];
  await after(asked);

  await withManager(page, (manager) => manager.acceptAll());
  const granted = ['youtube', 'analytics', 'drift', 'google-ads'].map((slug) => `placet:consent:${slug}`);
  await after([...asked, ...granted, 'placet:consents:updated', 'placet:consents:all_accepted']);

  await page.reload();
  await expect.poll(() => heard(page)).toEqual(['placet:consents:ready', 'placet:consent:session', ...granted]);
  const layer = await page.evaluate(() =>
    (window.dataLayer as any[])
      .filter(({ event }) => event)
      .map(({ event, placet }) => (placet.consents ? [event, placet.consents] : [event, placet.slug, placet.consent])),
  );
  const slugs = ['session', 'youtube', 'analytics', 'drift', 'google-ads'];
  expect(layer).toEqual([
    ['placet:consents:ready', Object.fromEntries(slugs.map((slug) => [slug, true]))],
    ...slugs.map((slug) => [`placet:consent:${slug}`, slug, true]),
  ]);
});

test('a listener that throws stops neither the others nor what was granted', async ({
  page,
  site,
  snippet,
  trackers,
}) => {
  const listeners = `<script>
    addEventListener('placet:consent:drift', () => { throw new Error('the first listener fails'); });
    addEventListener('placet:consent:drift', () => { window.second = true; });
  </script>`;
  const chat = `<script type="text/plain" data-consent="drift" data-src="${trackers.origin}/chat.js"></script>`;
  await page.goto(site.page('/listeners', plain(snippet, listeners) + chat));
  await ui(page).acceptAll.click();
  await expect.poll(() => trackers.hits().byPath['/chat.js']).toBe(1);
  expect(await page.evaluate(() => (window as any).second)).toBe(true);
});
