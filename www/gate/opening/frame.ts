/** Frames: kept shut by `data-src`, opened on grant, closed again on withdrawal. */
import { MARK } from '../names.ts';

/** On a frame that is shut: a style sheet hides it, and it keeps its box. */
const SHUT = 'data-placet-shut';

/** Has frames that match wait for a service, though they are not marked up. */
export function markFrames(selector: string, service: string): void {
  for (const frame of document.querySelectorAll(`iframe:is(${selector}):not([${MARK.service}])`)) {
    frame.setAttribute(MARK.service, service);
  }
}

/**
 * Opens a frame; one that is open goes where the page has sent it since. A little later: Chromium drops the address of a
 * frame that the parser is just putting in.
 */
export function openFrame(frame: HTMLIFrameElement): void {
  frame.removeAttribute(SHUT);
  if (frame.hasAttribute(MARK.src)) setTimeout(go, 0, frame);
}

function go(frame: HTMLIFrameElement): void {
  const src = frame.getAttribute(MARK.src);
  if (src === null || frame.hasAttribute(SHUT)) return;
  frame.removeAttribute(MARK.src);
  // Automatic blocking holds what is set in the usual ways.
  frame.setAttributeNS(null, 'src', src);
}

/**
 * Closes a frame; one that loads is stopped. Out of the page and in again it has forgotten everything, and unlike an
 * empty page in it that leaves no step in the page's history, neither now nor when it opens again.
 */
export function shutFrame(frame: HTMLIFrameElement): void {
  const src = frame.getAttribute('src');
  frame.toggleAttribute(SHUT, true);
  if (!src || src === 'about:blank') return;
  const { parentNode, nextSibling } = frame;
  frame.remove();
  frame.removeAttribute('src');
  frame.setAttribute(MARK.src, src);
  parentNode?.insertBefore(frame, nextSibling);
}
