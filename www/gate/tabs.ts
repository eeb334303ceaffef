/** The same site in other tabs, and in the browser's back/forward cache: a choice made there holds here. */
import type { Choice } from './cookie.ts';
import { forget, keep } from './kept.ts';
import { atRest } from './moments.ts';
import { TOLD } from './names.ts';

/** What another tab says: the choice that was made there, or null when it was forgotten. */
type Heard = Choice | null;

/**
 * Calls back with what another tab says, and with what the cookie keeps when this page comes back from the browser's
 * cache; answers with what tells the other tabs. They are told the choice itself: a cookie that one tab has just written
 * may take a moment to be seen by another.
 *
 * It is told through localStorage, which tells other tabs of what changes in it, and nothing is left there. A
 * `BroadcastChannel` would cost every page a connection, and pages that hold one their place in the back/forward cache.
 */
export function otherTabs(kept: () => Heard, hear: (choice: Heard) => void): (choice: Heard) => void {
  // Browsers take their time to begin to listen.
  atRest(() =>
    addEventListener('storage', ({ key, newValue }) => {
      if (key === TOLD && newValue) hear(JSON.parse(newValue));
    }),
  );
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) hear(kept());
  });
  return (choice) => {
    keep(TOLD, choice);
    forget(TOLD);
  };
}
