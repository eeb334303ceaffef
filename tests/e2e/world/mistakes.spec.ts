/** Mistakes in the markup: one sentence in the console for each, which says what to do. */
import { expect, receipt, test, ui } from '../site.ts';
import { applyVariant } from '../variant.ts';
import { article, asked } from '../vendor.ts';

test('each mistake is named once, while somebody is asked', async ({ page, site, server, trackers }) => {
  const snippet = applyVariant(server, 83, [
    ['domains = ["js.driftt.com"', 'domains = ["chat.shop.test"'],
    ['domains = ["*.google-analytics.com"', 'domains = ["*.stats.shop.test"'],
  ]);
  const hints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'warning' && message.text().startsWith('Placet: ')) hints.push(message.text());
  });
  const chat = trackers.origin.replace('127.0.0.1', 'chat.shop.test');
  const stats = trackers.origin.replace('127.0.0.1', 'eu.stats.shop.test');
  trackers.serve('/chat-tag.js', 'text/javascript', '');
  const plain = 'type="text/plain"';
  const html = article(
    snippet,
    `<script ${plain} data-consent="Analytics"></script><script ${plain} data-consent="Analytics"></script>
    <script ${plain} data-consent="analytics youtube"></script>
    <script ${plain} data-consent="google_adds"></script>
    <script ${plain} data-consent="something-else"></script>
    <script ${plain} data-consent-purpose="analytical"></script>
    <script data-consent="analytics">window.ranUnmarked = true</script>
    <script type="module" data-consent="drift"></script>
    <div data-consent="youtube" data-src="https://a.example"></div>
    <script ${plain} data-consent="session"></script>
    <iframe data-consent="youtube" data-src="${trackers.origin}/frame.html" title="A film"></iframe>
    <script async src="${chat}/chat-tag.js"></script><img src="${chat}/chat.gif" alt="">
    <script>fetch('${stats}/collect?id=1', { mode: 'no-cors' })</script>`,
  );
  await page.goto(site.page('/mistakes', html));
  await expect(ui(page).banner).toBeVisible();
  const expected = [
    /data-consent="Analytics": .*did you mean "analytics"\?/,
    /data-consent="analytics youtube" names several services/,
    /data-consent="google_adds": .*did you mean "google-ads"\?/,
    /data-consent="something-else": .*there are "session", "youtube", "analytics", "drift", "google-ads"/,
    /data-consent-purpose="analytical" is no purpose.*did you mean "Analytical"\?/,
    /a script with data-consent has run without consent: it lacks type="text\/plain"(?! and)/,
    /it lacks type="text\/plain" and data-type="module"/,
    /data-consent does nothing on <div>/,
    /chat\.shop\.test was requested without consent, though it belongs to "drift": mark it up as <script type="text\/plain" data-consent="drift" data-consent-src="http:\/\/chat\.shop\.test:\d+\/chat-tag\.js">/,
    /eu\.stats\.shop\.test was requested without consent, though it belongs to "analytics": mark up what requests it \(fetch\)/,
  ];
  for (const sentence of expected) {
    await expect.poll(() => hints.filter((hint) => sentence.test(hint)).length, `${sentence}`).toBe(1);
  }
  // What comes later is looked at, too.
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.type = 'text/plain';
    script.dataset['consent'] = 'Drift!';
    document.body.append(script);
  });
  await expect.poll(() => hints.some((hint) => /data-consent="Drift!": .*"drift"/.test(hint))).toBe(true);
  expect(new Set(hints).size).toBe(hints.length);
  expect(asked(trackers)).not.toContain('/frame.html');

  // A returning visitor is no developer: nothing is looked for.
  await ui(page).refuseAll.click();
  await receipt(page);
  hints.length = 0;
  const parts: string[] = [];
  page.on('response', async (response) => {
    if (/\/sdk\/placet-.*\.js$/.test(response.url())) parts.push(await response.text());
  });
  await page.reload();
  await expect(ui(page).trigger).toBeVisible();
  expect(hints).toEqual([]);
  expect(parts.filter((part) => part.includes('did you mean'))).toEqual([]);
});
