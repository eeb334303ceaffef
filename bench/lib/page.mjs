/** One page in one tab, with what is measured of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Halt } from '../../scripts/lib.mjs';
import { slowDown } from './browser.mjs';
import { probe } from './probe.mjs';
import { Traffic } from './traffic.mjs';

const PATIENCE = 20_000;

export class Page {
  /** Opens a tab. `banner`: the selector of what is waited for to be painted, if that is to be measured. */
  static async open(visitor, profile, { banner } = {}) {
    const page = new Page();
    page.tab = await visitor.newPage();
    page.devtools = await visitor.newCDPSession(page.tab);
    page.traffic = await Traffic.listen(page.devtools);
    await page.devtools.send('Performance.enable', { timeDomain: 'timeTicks' });
    await page.tab.addInitScript(probe, { banner });
    await slowDown(page.devtools, profile);
    return page;
  }

  /** Goes to an address, and does not wait for what comes from there. */
  goTo(address) {
    return this.tab.goto(address, { waitUntil: 'commit' });
  }

  /** Goes to an address and watches for some milliseconds; answers how long scripts ran in that time. */
  async watch(address, milliseconds) {
    const before = await this.metrics();
    const start = Date.now();
    await this.goTo(address);
    await sleep(milliseconds - (Date.now() - start));
    const after = await this.metrics();
    return { script: (after.ScriptDuration - before.ScriptDuration) * 1000 };
  }

  /** What the browser counts (CDP `Performance.getMetrics`), in seconds. */
  async metrics() {
    const { metrics } = await this.devtools.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  }

  /** What the probe has found so far, and when the script that waits for consent ran, if it has. */
  found() {
    return this.tab.evaluate(() => {
      const { painted, firstContentfulPaint, ...found } = window.bench;
      return {
        ...found,
        // Nothing is on the screen before the first paint, whatever a frame's task says.
        painted: painted && Math.max(painted, firstContentfulPaint),
        ran: window.analyticsRan ?? null,
      };
    });
  }

  /** Waits until something holds in the page. */
  async until(what, condition, argument) {
    const end = Date.now() + PATIENCE;
    while (!(await this.tab.evaluate(condition, argument))) {
      if (Date.now() > end) throw new Halt(`${what} did not happen within ${PATIENCE / 1000} s`);
      await sleep(50);
    }
  }

  /** Waits until the banner has been painted. */
  painted() {
    return this.until('the painting of the banner', () => window.bench.painted !== null);
  }

  /** Waits until the script that needs consent has run. */
  allowed() {
    return this.until('the run of the allowed script', () => window.analyticsRan !== undefined);
  }

  /** Waits until an element is in sight. */
  visible(selector) {
    return this.until(`the showing of ${selector}`, isVisible, selector);
  }

  /** Whether an element is in sight. */
  isVisible(selector) {
    return this.tab.evaluate(isVisible, selector);
  }

  /** Waits until an element has stopped to move and to fade. */
  async still(selector) {
    const look = () =>
      this.tab.evaluate((selector) => {
        const element = window.bench.find(selector);
        return `${JSON.stringify(element?.getBoundingClientRect())} ${window.bench.visibility(element)}`;
      }, selector);
    let before;
    for (let now = await look(); now !== before; now = await look()) {
      before = now;
      await sleep(150);
    }
  }

  /** Clicks on an element, as a hand with a mouse does. */
  async click(selector) {
    await this.pointAt(selector);
    await sleep(60);
    await this.press();
  }

  /** Moves the pointer to the middle of an element. */
  async pointAt(selector) {
    const { x, y } = await this.tab.evaluate((selector) => {
      const { left, top, width, height } = window.bench.find(selector).getBoundingClientRect();
      return { x: left + width / 2, y: top + height / 2 };
    }, selector);
    await this.tab.mouse.move(x, y);
  }

  /** Presses the button where the pointer is. */
  async press() {
    await this.tab.mouse.down();
    await this.tab.mouse.up();
  }

  close() {
    return this.tab.close();
  }
}

const isVisible = (selector) => window.bench.visibility(window.bench.find(selector)) > 0.01;
