/** Moments that are waited for, so that the page goes first. */

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
export function breathe(): Promise<void> {
  // Not every browser has it.
  const { scheduler } = window as { scheduler?: { yield?(): Promise<void> } };
  return scheduler?.yield?.() ?? new Promise((done) => setTimeout(done));
}

/** How long a page that is never at rest is waited for, in milliseconds. */
const LATEST = 3000;

/** When the page has loaded and its thread is free. */
export function atRest(then: () => void): void {
  const idle = (): void => {
    // Not every browser has it.
    const { requestIdleCallback = setTimeout as unknown as Window['requestIdleCallback'] } = window as Partial<Window>;
    requestIdleCallback(then, { timeout: LATEST });
  };
  if (document.readyState === 'complete') idle();
  else addEventListener('load', idle, { once: true });
}
