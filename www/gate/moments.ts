/** Moments that are waited for, so that the page goes first. */
import { doc, own } from './dom.ts';

/** How long whatever is asked of the network may take, in milliseconds; what has not come by then is not waited for. */
export const DEADLINE = 10_000;

/** A page that is not painted, in the background or covered, waits no longer than this, in milliseconds. */
const LONGEST = 250;

/** After the next paint; at once if the page goes first, so that what follows is still done. */
export function painted(): Promise<void> {
  return new Promise((done) => {
    addEventListener('pagehide', () => done(), { once: true });
    setTimeout(done, LONGEST);
    requestAnimationFrame(() => setTimeout(done));
  });
}

/** How old a page is, in milliseconds, when a banner that could be shown is shown at the latest. */
const OLD = 500;

/** Whether the page was long in coming. */
export const isOld = (): boolean => performance.now() > OLD;

/** When the page is that old. */
export const oldEnough = (): Promise<void> => new Promise((done) => setTimeout(done, OLD - performance.now()));

/** Lets the page do what it has to do first. */
export function yieldToMain(): Promise<void> {
  // Not every browser has it.
  const scheduler = own('scheduler') as { yield?(): Promise<void> } | undefined;
  return scheduler?.yield?.() ?? new Promise((done) => setTimeout(done));
}

/** How long a page that is never at rest is waited for, in milliseconds. */
const LATEST = 3000;

/** When the page has loaded and its thread is free. */
export function whenIdle(then: () => void): void {
  const idle = (): void => {
    // Not every browser has it.
    const requestIdle = own('requestIdleCallback') ?? (setTimeout as unknown as Window['requestIdleCallback']);
    requestIdle(then, { timeout: LATEST });
  };
  if (doc.readyState === 'complete') idle();
  else addEventListener('load', idle, { once: true });
}

/** When somebody can see the page: it is not prerendered, nor in the background. */
export function whenSeen(then: () => void): void {
  const again = (event: string): void => doc.addEventListener(event, () => whenSeen(then), { once: true });
  // What code has put on the document itself counts as well: tests pretend so.
  if ((doc as { prerendering?: boolean }).prerendering || Reflect.get(document, 'prerendering') === true) {
    again('prerenderingchange');
  } else if (doc.visibilityState === 'hidden' || Reflect.get(document, 'visibilityState') === 'hidden') {
    again('visibilitychange');
  } else then();
}
