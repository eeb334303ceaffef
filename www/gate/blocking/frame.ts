/** Frames that are blocked. */
import { holdAddresses } from './address.ts';

/** On a frame that is blocked: a style sheet hides it, and it keeps its box. */
export const SHUT = 'data-placet-shut';

/** The documents that blocked frames have in their markup (`srcdoc`): never taken from data that a filter lets pass. */
export const documents = new WeakMap<Element, Attr>();

/**
 * Blocks a frame; one that loads is stopped. Out of the page and in again it has forgotten everything, and unlike an
 * empty page in it that leaves no step in the page's history, neither now nor when it opens again.
 */
export function shutFrame(frame: Element): void {
  const { parentNode, nextSibling } = frame;
  const content = frame.getAttributeNode('srcdoc');
  frame.toggleAttribute(SHUT, true);
  if (content) documents.set(frame, frame.removeAttributeNode(content));
  if (holdAddresses(frame) || content) {
    frame.remove();
    if (parentNode) Node.prototype.insertBefore.call(parentNode, frame, nextSibling);
  }
}
