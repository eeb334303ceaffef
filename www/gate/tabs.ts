/** The same site in other tabs, and in the browser's back/forward cache: a choice made there holds here. */
import type { Choice } from './cookie.ts';

const CHANNEL = 'placet';

/** What another tab says: the choice that was made there, or null when it was forgotten. */
type Heard = Choice | null;

/**
 * Calls back with what another tab says, and with what the cookie keeps when this page comes back from the browser's
 * cache; answers with what tells the other tabs. They are told the choice itself: a cookie that one tab has just written
 * may take a moment to be seen by another.
 */
export function otherTabs(kept: () => Heard, hear: (choice: Heard) => void): (choice: Heard) => void {
  let channel: BroadcastChannel | undefined;
  const listen = (): void => {
    if (typeof BroadcastChannel === 'undefined') return;
    channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = ({ data }: MessageEvent<Heard>) => hear(data);
  };
  listen();
  // A page that hears a message while it is in the back/forward cache is thrown out of it.
  addEventListener('pagehide', () => {
    channel?.close();
    channel = undefined;
  });
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    listen();
    hear(kept());
  });
  return (choice) => channel?.postMessage(choice);
}
