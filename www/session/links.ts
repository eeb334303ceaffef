/** Links that open the preferences without script: menus of content systems allow nothing else. */
import { matches } from '../gate/dom.ts';

/** Where such a link leads to; an address that ends so opens them when its page is loaded. */
const HASH = '#placet-preferences';

/** Calls back whenever the preferences are asked for, by a link or an element with `data-placet-open`. */
export function onOpenLink(open: () => void): void {
  const follow = (): void => {
    if (location.hash === HASH) open();
  };
  // Before the page's own routing sees it. With a modifier key a link opens another tab.
  addEventListener(
    'click',
    (event) => {
      const { button, ctrlKey, metaKey, shiftKey, altKey } = event;
      if (button || ctrlKey || metaKey || shiftKey || altKey || !event.composedPath().slice(0, -1).some(isOpener))
        return;
      event.preventDefault();
      open();
    },
    true,
  );
  addEventListener('hashchange', follow);
  follow();
}

/** A link by its fragment alone stays on the page, whatever the page's base. */
const isOpener = (node: EventTarget): boolean =>
  matches(node as Node, `[data-placet-open],[href="${HASH}"]`) ||
  (node as Partial<HTMLAnchorElement>).href === location.href.replace(/#.*|$/, HASH);
