/** The same site in other tabs, and in the browser's back/forward cache: a choice made there holds here. */

const CHANNEL = 'placet';

/** Calls back when a choice may have been made elsewhere; answers with what tells the others of one made here. */
export function otherTabs(look: () => void): () => void {
  addEventListener('pageshow', (event) => event.persisted && look());
  if (typeof BroadcastChannel === 'undefined') return () => {};
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = look;
  return () => channel.postMessage(0);
}
