/** The preferences as a modal dialog, and only where they can be seen: a modal dialog makes the page inert. */
import { isModal } from '../core/modal.ts';
import { doc } from '../gate/dom.ts';
import { report } from '../gate/report.ts';

/** What may lie over the dialog for a moment may do so for this long, in milliseconds. */
const GRACE = 400;

const POINTED = 'data-placet-pointed';

/**
 * Opens the dialog that was drawn in a root. It comes back when the page's body or root element is replaced; then `listen`
 * is called, as the root may have lost its listeners. If it cannot be seen, now or later, `close` is called and it is said.
 */
export function openModal(root: ShadowRoot, listen: () => void, close: () => void): void {
  const dialog = root.querySelector('dialog');
  if (!dialog || dialog.open) return;
  // The browser gives the focus to the first button, and some draw a ring around it although nobody uses the keyboard.
  const focused = root.activeElement ?? doc.activeElement;
  dialog.toggleAttribute(POINTED, !focused?.matches(':focus-visible'));
  dialog.addEventListener('keydown', () => dialog.removeAttribute(POINTED));

  /** Since when it has not been seen, in milliseconds of the page's age. */
  let since = Infinity;
  const observer = new MutationObserver(() => check());
  const sizes = new ResizeObserver(() => check());
  const check = (): void => {
    if (dialog.parentNode !== root) return end();
    if (!dialog.isConnected) return;
    if (!isModal(dialog)) {
      // Taken out of the document and put back, it is open and not modal.
      dialog.open = false;
      dialog.showModal();
      listen();
    }
    const box = dialog.getBoundingClientRect();
    if (isSeen(root, dialog, box)) return void (since = Infinity);
    since = Math.min(since, performance.now());
    if (isPassing() || (box.width && performance.now() - since < GRACE)) return void setTimeout(check, GRACE);
    end();
    close();
    report('the preferences were closed, as they cannot be seen: an ad blocker, or a rule of the page, hides #placet');
  };
  const end = (): void => {
    observer.disconnect();
    sizes.disconnect();
    for (const type of ['pointerdown', 'keydown']) removeEventListener(type, check, true);
  };
  observer.observe(document, { childList: true, subtree: true });
  sizes.observe(dialog);
  for (const type of ['pointerdown', 'keydown']) addEventListener(type, check, true);
  check();
}

/** Whether a view transition covers all of the page. */
function isPassing(): boolean {
  try {
    return doc.documentElement.matches(':active-view-transition');
  } catch {
    return false;
  }
}

/** Whether what is in the dialog's middle is the dialog. */
function isSeen({ host }: ShadowRoot, dialog: HTMLElement, { left, top, width, height }: DOMRect): boolean {
  // Nothing is to be seen on paper.
  if (matchMedia('print').matches) return true;
  const { visibility, pointerEvents } = getComputedStyle(dialog);
  const page = host.getRootNode() as Document | ShadowRoot;
  // Outside of the window it is null.
  const hit = page.elementFromPoint(left + width / 2, top + height / 2);
  return visibility === 'visible' && pointerEvents !== 'none' && hit === host;
}
