/** Keeps the banner and the trigger in reach of the visitor, whatever the page does. */
import { makeAnswerable } from './answerable.ts';
import { makeIsolation } from './isolation.ts';

/** Watches over a root for as long as the page is there. */
export function keepInReach(root: ShadowRoot): void {
  const listeners = [makeIsolation(root), makeAnswerable(root)];
  const listen = (): void => listeners.forEach((listen) => listen());
  // `document.open()` removes every listener, and puts another root element into the document.
  new MutationObserver(listen).observe(document, { childList: true });
  listen();
}
