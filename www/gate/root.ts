/** Placet's place in the page: one host with a shadow root, so that styles leak neither in nor out. */
import { HOST_ID } from './names.ts';

/** Makes the host and puts it into the page, where it stays until it is told to `leave`. */
export function makeRoot(): { root: ShadowRoot; leave: () => void } {
  const host = document.createElement('div');
  host.id = HOST_ID;
  const root = host.attachShadow({ mode: 'open' });
  return { root, leave: stay(host) };
}

/** Keeps the host in the page's body, also when navigation without loading puts another body in its place; answers with its end. */
function stay(host: HTMLElement): () => void {
  const observer = new MutationObserver(() => host.isConnected || attach());
  const attach = (): void => {
    observer.disconnect();
    observer.observe(document.documentElement, { childList: true });
    // The parser may not have come to it yet, and between two pages there may be none.
    const body = document.body as HTMLElement | null;
    if (!body) return;
    (document.querySelector('[data-placet-inline]') ?? body).append(host);
    observer.observe(body, { childList: true });
  };
  attach();
  return () => {
    observer.disconnect();
    host.remove();
  };
}
