/**
 * What else is in the top layer covers the banner, and what makes the page inert makes the banner inert with it: the
 * page's modal dialogs, popovers, full-screen elements and `inert`. The banner goes before them, and where need be into
 * them, until they are closed.
 */

import { doc, parentOf } from '../gate/dom.ts';
import { isModal } from './modal.ts';

/** Listens for whatever may cover the banner; to be called again when the window has lost its listeners. */
export function makeAnswerable(root: ShadowRoot): () => void {
  const host = root.host as HTMLElement;
  /** Modal dialogs inside of shadow roots, known by the focus that they take. */
  let hidden: Element[] = [];
  let place = host.parentNode;
  let moves = 0;

  const settle = (): void => {
    const shown = root.querySelector('[data-placet=banner],[data-placet=trigger]');
    // A dialog of its own is modal itself; what is in the page's own flow is the page's.
    if (!shown || !host.isConnected || root.querySelector('dialog,[part~=inline]')) return;
    // Libraries set these on whatever stands beside their dialogs.
    for (const attribute of ['inert', 'aria-hidden']) host.removeAttribute(attribute);
    if (isReached(host, shown) || getComputedStyle(host).display === 'none') return;
    // Others may do the same: once a second is enough.
    if (++moves > 9 + performance.now() / 999) return;
    hidden = [...new Set([...focusedModals(), ...hidden])].filter(isOpenModal);
    const modals = [...doc.querySelectorAll('dialog')].filter(isOpenModal).reverse();
    for (const next of [
      host.parentNode,
      doc.body,
      doc.documentElement,
      doc.fullscreenElement,
      ...hidden,
      ...modals,
      doc.body,
    ]) {
      if (!next) continue;
      if (host.parentNode !== next) Node.prototype.appendChild.call(next, host);
      // No event leaves a shadow root when its dialog is closed.
      if (hidden.includes(next as Element)) observer.observe(next.getRootNode(), options);
      if ('popover' in host) {
        host.togglePopover(false);
        host.togglePopover(true);
      }
      if (isReached(host, shown)) break;
    }
    place = host.parentNode;
  };
  const event = (event: Event): void => {
    const path = event.composedPath();
    if (path[0] === host || path.includes(root)) return;
    settle();
  };

  const options = { childList: true, subtree: true, attributeFilter: ['open', 'inert', 'aria-hidden'] };
  const observer = new MutationObserver((records) => {
    if (host.parentNode !== place || records.some(({ type }) => type === 'attributes')) {
      place = host.parentNode;
      settle();
    }
  });
  observer.observe(document, options);
  return () => {
    for (const type of ['toggle', 'fullscreenchange', 'focusin', 'pointerdown']) addEventListener(type, event, true);
    settle();
  };
}

/** The modal dialogs that the focus is in, the innermost first, also those in open shadow roots. */
function focusedModals(): Element[] {
  let element = doc.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  const found: Element[] = [];
  for (let node: Node | null = element; node; node = parentOf(node) ?? (node as ShadowRoot).host ?? null) {
    if (isOpenModal(node)) found.push(node);
  }
  return found;
}

const isOpenModal = (element: Node): element is HTMLDialogElement =>
  element instanceof HTMLDialogElement && element.isConnected && isModal(element);

/** Whether a click on each of the buttons that are in sight would reach it. */
function isReached(host: HTMLElement, shown: Element): boolean {
  const box = shown.getBoundingClientRect();
  if (!box.width) return false;
  const buttons = shown.matches('button') ? [shown] : [...shown.querySelectorAll('button')];
  return buttons.every((button) => {
    const { left, top, width, height } = button.getBoundingClientRect();
    const [x, y] = [left + width / 2, top + height / 2];
    const isInSight = y > Math.max(box.top, 0) && y < Math.min(box.bottom, innerHeight) && x > 0 && x < innerWidth;
    return !isInSight || (host.getRootNode() as Document | ShadowRoot).elementFromPoint(x, y) === host;
  });
}
