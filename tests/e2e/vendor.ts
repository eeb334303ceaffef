/** Third parties: scripts that tell the tracker host that they ran, and what has reached that host. */
import { expect, type Page } from '@playwright/test';
import type { startTrackers } from '../../www/demo/trackers.mjs';

type Trackers = Awaited<ReturnType<typeof startTrackers>>;

/** Code that tells the tracker host that it ran, and as which one on this page. */
export const tells = (trackers: Trackers, name: string): string =>
  `fetch('${trackers.origin}/ran?' + (window.runs = (window.runs ?? 0) + 1) + ' ${name}', { mode: 'no-cors' });`;

/** Which scripts ran, in the order in which they ran on the page; requests may overtake one another. */
export const ran = (trackers: Trackers): string[] =>
  trackers
    .hits()
    .requests.filter(({ path }) => path === '/ran')
    .map(({ query }) => decodeURIComponent(query))
    .sort((a, b) => parseInt(a) - parseInt(b))
    .map((run) => run.replace(/^\d+ /, ''));

/** The paths that were asked for, each as often as it was. */
export const asked = (trackers: Trackers): string[] =>
  trackers
    .hits()
    .requests.map(({ path }) => path)
    .filter((path) => path !== '/settled')
    .sort();

/** What the page has begun has reached the tracker host: painted twice, and then a request that comes after. */
export async function settled(page: Page, trackers: Trackers): Promise<void> {
  const before = trackers.hits().byPath['/settled'] ?? 0;
  await page.evaluate(async (origin) => {
    for (let time = 0; time < 2; time++) await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    await fetch(`${origin}/settled`, { mode: 'no-cors' });
  }, trackers.origin);
  await expect.poll(() => trackers.hits().byPath['/settled']).toBe(before + 1);
}

/** An article as a site would publish it, with the snippet in its head. */
export const article = (snippet: string, body: string, head = ''): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>How a pannier is sewn</title>
    <style>body { font: 18px/1.5 Georgia, serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem }</style>
    ${head}
    ${snippet}
  </head>
  <body>
    <main>
      <h1>How a pannier is sewn</h1>
      <p id="before">It begins with a roll of canvas, and somebody who knows how to cut it.</p>
      ${body}
      <p id="after">Then the straps are riveted, and the bag is ready for the rain.</p>
    </main>
  </body>
</html>`;
