/** The web component: what stands in its template is there, and fetched, only while it is granted. */
import type { Page } from '@playwright/test';
import { cookie, ui } from '../e2e/site.ts';
import { expect, test } from './consumer.ts';

const START = `
  window.start = () => placet.init({ config: { services: [
    { slug: 'youtube', name: 'YouTube', purpose: 'Preference', description: 'Plays our videos.' },
    { slug: 'drift', name: 'Drift', purpose: 'Marketing', description: 'Lets you chat with us.' },
  ] } });
  placet.defineGate(start);
  window.consent = await start();`;

const gate = (attributes: string, content = 'content') =>
  `<placet-gate ${attributes}><template><p>${content}</p></template><p slot="fallback">not yet</p></placet-gate>`;

const granted = (page: Page, id: string) => page.locator(`#${id}`).getByText('content');
const fallback = (page: Page, id: string) => page.locator(`#${id}`).getByText('not yet');

test('a copy of the template is there while the service is granted, and its scripts run', async ({
  page,
  consumer,
  trackers,
}) => {
  const script = trackers.serve('/player.js', 'text/javascript', 'window.played = (window.played ?? 0) + 1');
  const player = `content<img src="${trackers.origin}/pixel.gif" alt=""><script src="${script}"></script>`;
  const shown = () => [trackers.hits().byPath['/player.js'], trackers.hits().byPath['/pixel.gif']];
  await page.goto(consumer.page('/element', START, gate('id="film" service="youtube"', player)));
  await expect(ui(page).banner).toBeVisible();
  await expect(fallback(page, 'film')).toBeVisible();
  expect(shown()).toEqual([undefined, undefined]);

  await ui(page).acceptAll.click();
  await expect(granted(page, 'film')).toBeVisible();
  await expect(fallback(page, 'film')).toBeHidden();
  await expect.poll(() => page.evaluate(() => (window as any).played)).toBe(1);
  await expect.poll(shown).toEqual([1, 1]);

  await page.evaluate(() => (window as any).consent.refuseAll());
  await expect(granted(page, 'film')).toHaveCount(0);
  await expect(fallback(page, 'film')).toBeVisible();
});

test('gates wait for their own service or purpose, also those that come later or change', async ({
  page,
  consumer,
}) => {
  const gates = [
    gate('id="purpose" purpose="Marketing"'),
    gate('id="missing" service="vimeo"'),
    gate('id="nothing"'),
    gate('id="changes" service="youtube"'),
  ];
  await page.goto(consumer.page('/gates', START, gates.join('')));
  await ui(page).settings.click();
  await ui(page).service('drift').check();
  await ui(page).save.click();
  await expect.poll(() => cookie(page)).toMatchObject({ youtube: false, drift: true });

  await expect(granted(page, 'purpose')).toBeVisible();
  for (const id of ['missing', 'nothing', 'changes']) await expect(fallback(page, id)).toBeVisible();
  await page.evaluate(() => document.querySelector('#changes')?.setAttribute('service', 'drift'));
  await expect(granted(page, 'changes')).toBeVisible();

  // Built by a script, its template comes when it stands in the page already.
  await page.evaluate(() => {
    const late = Object.assign(document.createElement('placet-gate'), { id: 'late' });
    late.setAttribute('service', 'drift');
    document.body.append(late);
    late.innerHTML = '<template><p>content</p></template>';
  });
  await expect(granted(page, 'late')).toBeVisible();
  await expect(granted(page, 'late')).toHaveCount(1);
});

test('it may have another name, and a name that is taken is left alone', async ({ page, consumer }) => {
  const script = `${START}
    placet.defineGate(start, 'consent-gate');
    placet.defineGate(start, 'consent-gate');
    await consent.acceptAll();`;
  const html = gate('id="named" service="youtube"').replaceAll('placet-gate', 'consent-gate');
  await page.goto(consumer.page('/named', script, html));
  await expect(granted(page, 'named')).toBeVisible();
});
