/** Unblocks frames, pictures and the like: gives them their addresses. Loaded by pages that have some that are granted. */
import { documents as Documents, SHUT } from '../gate/blocking/frame.ts';
import { giveAddresses } from './address.ts';

/** The kinds of `<link>` that load something for the page. */
const LINKS = /\b(stylesheet|icon|(module)?preload|prefetch|preconnect)\b/i;

/**
 * Unblocks an element that is no script; answers whether nothing further is to be done about it. `documents` has what
 * blocked frames have in their markup (`srcdoc`).
 */
export function unblock(element: Element, documents: typeof Documents): boolean {
  switch (element.localName) {
    case 'iframe':
      openFrame(element as HTMLIFrameElement, documents);
      return false;
    case 'link':
      return LINKS.test((element as HTMLLinkElement).rel) && (giveAddresses(element), true);
    default:
      // A video looks at its sources only once, unless `load()` is called.
      if (giveAddresses(element) && element.localName === 'source') {
        element.closest<HTMLMediaElement>('video,audio')?.load();
      }
      return true;
  }
}

/**
 * Opens a frame; one that is open goes where the page has sent it since. A little later: Chromium drops the address of
 * a frame that the parser is just putting in.
 */
function openFrame(frame: HTMLIFrameElement, documents: typeof Documents): void {
  frame.removeAttribute(SHUT);
  setTimeout(() => {
    if (frame.hasAttribute(SHUT)) return;
    const content = documents.get(frame);
    documents.delete(frame);
    giveAddresses(frame);
    if (content) frame.setAttributeNode(content);
  });
}
