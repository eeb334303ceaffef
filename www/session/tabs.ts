/** The same site in other tabs, and in the browser's back/forward cache: a choice made there holds here. */
import type { Choice } from '../gate/cookie.ts';
import { forget, keep, parse } from './storage.ts';
import { whenIdle } from '../gate/moments.ts';
import { TOLD } from '../gate/names.ts';
import { isChoice } from './shape.ts';

/** What another tab says: the choice that was made there, or null when it was forgotten. */
type Heard = Choice | null;

/**
 * Calls back with what another tab says, and with what the cookie keeps when this page comes back from the browser's
 * cache; returns what sends to the other tabs. They are told the choice itself: a cookie that one tab has just written
 * may take a moment to be seen by another.
 *
 * It is sent through localStorage, which tells other tabs of what changes in it, and nothing is left there. A
 * `BroadcastChannel` would cost every page a connection, and pages that hold one their place in the back/forward cache.
 */
export function otherTabs(kept: () => Heard, hear: (choice: Heard) => void): (choice: Heard) => void {
  const storage = ({ key, newValue }: StorageEvent): void => {
    const choice = key === TOLD && newValue ? parse(newValue, isChoice) : undefined;
    if (choice !== undefined) hear(choice);
  };
  const pageshow = ({ persisted }: PageTransitionEvent): void => {
    if (persisted) hear(kept());
  };
  const listen = (): void => {
    // Browsers take their time to begin to listen.
    whenIdle(() => addEventListener('storage', storage));
    addEventListener('pageshow', pageshow);
  };
  listen();
  // `document.open()` removes listeners, and puts another root element into the document.
  new MutationObserver(listen).observe(document, { childList: true });
  return (choice) => {
    // Not by `JSON`, which calls a `toJSON` that old libraries give to all objects.
    keep(TOLD, choice ? `{${Object.keys(choice).map((slug) => `"${slug}":${choice[slug]}`)}}` : 'null');
    forget(TOLD);
  };
}
