/** What could not be sent is sent again, for as long as the page is there. */
import { hasUnsent } from '../session/storage.ts';
import type { Core } from './core.ts';

/** What another tab has just written may not have come to this one yet; in milliseconds. */
const SETTLED = 500;

/**
 * Has the core send what waits until nothing does. One tab does it for all, where the browser can tell (secure pages);
 * the others wait for it to end, or to be closed.
 */
export async function empty(core: Core): Promise<void> {
  // Whoever has nothing to send holds nothing that would keep the page from the back/forward cache.
  if (!hasUnsent()) return;
  const send = async (): Promise<void> => {
    let pause = SETTLED;
    do await new Promise((done) => setTimeout(done, pause));
    while ((pause = await core.send()));
  };
  await (navigator.locks?.request('placet', send) ?? send());
}
