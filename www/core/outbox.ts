/** What could not be sent is sent again, for as long as the page is there. */
import type { Core } from './core.ts';

/**
 * Has the core send what waits until nothing does. One tab does it for all, where the browser can tell (secure pages);
 * the others wait for it to end, or to be closed.
 */
export async function empty(core: Core): Promise<void> {
  const send = async (): Promise<void> => {
    for (let pause; (pause = await core.send());) await new Promise((done) => setTimeout(done, pause));
  };
  await (navigator.locks?.request('placet', send) ?? send());
}
