/**
 * A visitor in whichever engine a run is about: Chromium and Firefox by Playwright, WebKit by WebDriver. So a case is
 * written once.
 */
import type { Page } from '@playwright/test';
import { expect, test as base } from '../e2e/site.ts';
import type { Session } from './webdriver.ts';
import { WebKit } from './webkit.ts';

export { expect };

/** A cookie as a browser's store has it. */
export interface StoredCookie {
  value: string;
  domain: string;
  secure: boolean;
  expiry: number;
}

/** What is to be done and seen in a page. */
export interface Visitor {
  goto(url: string): Promise<void>;
  reload(): Promise<void>;
  /** Runs in the page; arguments and results are JSON. */
  evaluate<T, A = undefined>(run: (argument: A) => T | Promise<T>, argument?: A): Promise<T>;
  /** Clicks with the mouse at a place of the window. */
  click(x: number, y: number): Promise<void>;
  press(key: 'Tab' | 'Space' | 'Escape'): Promise<void>;
  screenshot(): Promise<Buffer>;
  /** A cookie as the browser's store has it; `expiry` in seconds since 1970. Undefined if it is not there. */
  stored(cookie: string): Promise<StoredCookie | undefined>;
}

/** The window's contents, in pixels; WebDriver's is that of the window with its frame. */
const SIZE = { width: 1200, height: 800 };

const KEYS = { Tab: '\uE004', Space: ' ', Escape: '\uE00C' };

const byWebDriver = (session: Session): Visitor => ({
  goto: (url) => session.command('url', { url }),
  // WebDriver's own refresh goes past the cache.
  reload: async () => {
    await session.evaluate(`() => { window.isOld = true; setTimeout(() => location.reload()) }`, null);
    await expect.poll(() => session.evaluate('() => window.isOld', null).catch(() => true)).toBeFalsy();
  },
  evaluate: (run, argument) => session.evaluate(run.toString(), argument),
  click: (x, y) => session.click(x, y),
  press: (key) => session.press(KEYS[key]),
  screenshot: () => session.screenshot(),
  stored: (cookie) => session.cookie(cookie),
});

const byPlaywright = (page: Page): Visitor => ({
  goto: async (url) => void (await page.goto(url)),
  reload: async () => void (await page.reload()),
  evaluate: (run, argument) => page.evaluate(run as any, argument),
  click: (x, y) => page.mouse.click(x, y),
  press: (key) => page.keyboard.press(key),
  screenshot: () => page.screenshot(),
  stored: async (name) => {
    const found = (await page.context().cookies()).find((cookie) => cookie.name === name);
    return found && { ...found, expiry: found.expires };
  },
});

interface Options {
  engine: 'playwright' | 'webkit';
  webkit: WebKit | undefined;
}

export const test = base.extend<{ visitor: Visitor }, Options>({
  engine: ['playwright', { option: true, scope: 'worker' }],
  webkit: [
    async ({ engine }, use) => {
      const webkit = engine === 'webkit' ? await WebKit.start() : undefined;
      await use(webkit);
      webkit?.stop();
    },
    { scope: 'worker' },
  ],
  // A browser that is slow to come up does not take the case's own time.
  visitor: [
    async ({ webkit, browser }, use) => {
      if (webkit) {
        const session = await webkit.session(SIZE);
        await use(byWebDriver(session));
        await session.end();
      } else {
        const context = await browser.newContext({ viewport: SIZE, locale: 'en-GB', ignoreHTTPSErrors: true });
        await use(byPlaywright(await context.newPage()));
        await context.close();
      }
    },
    { timeout: 120_000 },
  ],
});

/** What of Placet's a case is about: a selector in its root. */
export const hook = (name: string): string => `[data-placet="${name}"]`;

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
  /** Whether a click on its middle reaches it. */
  isHit: boolean;
}

/** Where an element of Placet's stands; undefined if it is not there, or not rendered. */
export const box = (visitor: Visitor, selector: string): Promise<Box | null> =>
  visitor.evaluate((selector) => {
    const root = document.querySelector('#placet')?.shadowRoot;
    const element = root?.querySelector(selector);
    for (const animation of element?.closest('section, dialog')?.getAnimations() ?? []) animation.finish();
    const { left, top, width, height } = element?.getBoundingClientRect() ?? { left: 0, top: 0, width: 0, height: 0 };
    if (!width || !height) return null;
    const [x, y] = [left + width / 2, top + height / 2];
    const isHit = document.elementFromPoint(x, y)?.id === 'placet' && !!element!.contains(root!.elementFromPoint(x, y));
    return { left, top, width, height, isHit };
  }, selector);

/** Waits until an element of Placet's can be clicked; returns where it stands. */
export async function reached(visitor: Visitor, selector: string): Promise<Box> {
  await expect.poll(async () => (await box(visitor, selector))?.isHit, selector).toBe(true);
  return (await box(visitor, selector)) as Box;
}

/** Clicks on an element of Placet's once it can be clicked. */
export async function click(visitor: Visitor, selector: string): Promise<void> {
  const { left, top, width, height } = await reached(visitor, selector);
  await visitor.click(left + width / 2, top + height / 2);
}

/** Waits until an element of Placet's has gone. */
export async function gone(visitor: Visitor, selector: string): Promise<void> {
  await expect.poll(() => box(visitor, selector), selector).toBe(null);
}

/** The choice that the cookie keeps. */
export const choice = (visitor: Visitor): Promise<Record<string, unknown> | null> =>
  visitor.evaluate(() => {
    const value = /(?:^|; )euconsent=([^;]*)/.exec(document.cookie)?.[1];
    return value ? JSON.parse(decodeURIComponent(value)) : null;
  });
