/**
 * Placet's place in the page: one host with a shadow root, so that styles leak neither in nor out. It stands in the top
 * layer, where no rule of the page for what is around it (`transform`, `overflow`, `z-index`) moves or covers it; unless
 * the banner is a part of the page's own flow, or the browser has no `popover`.
 */
import { doc, make } from './dom.ts';
import { HOST_ID } from './names.ts';

/**
 * Makes the root. Its host is in the page as long as something is drawn in the root, also when the page gets another body
 * or another root element. Each time it comes into a document `listen` is called: `document.open()` removes listeners.
 */
export function makeRoot(listen: (root: ShadowRoot) => void): ShadowRoot {
  const host = make('div');
  host.id = HOST_ID;
  host.popover = 'manual';
  const root = host.attachShadow({ mode: 'open' });
  let attached = 0;
  const observer = new MutationObserver(() => {
    // What a router has kept of a page has the host in it, without its root.
    const first = doc.getElementById(HOST_ID);
    if (first !== host && first?.popover) first.remove();
    // Prototype's `remove()` fails for what is not in the page.
    if (!root.firstChild) return host.isConnected ? host.remove() : undefined;
    if (!host.isConnected) {
      // Between two pages there may be no body. An ad blocker that removes the host each time it comes wins: ten
      // times a second are enough.
      const body = doc.querySelector('[data-placet-inline]') ?? doc.body;
      if (!body || ++attached > 9 + performance.now() / 99) return;
      Node.prototype.appendChild.call(body, host);
      listen(root);
    }
    host.togglePopover?.(!root.querySelector('[part~=inline]'));
  });
  for (const node of [document, root]) observer.observe(node, { childList: true, subtree: true });
  return root;
}
