/** Frames: kept shut by `data-src`, opened on grant, closed again on withdrawal. */
import { MARK } from '../names.ts';

/** The state of a frame that the gate knows: the page's style sheet hides one that is shut, and it keeps its box. */
const STATE = 'data-placet-frame';

/** Has frames that match wait for a service, though they are not marked up; those that load already are stopped. */
export function blockFrames(selector: string, service: string): void {
  for (const frame of document.querySelectorAll<HTMLIFrameElement>(selector)) {
    if (frame.localName !== 'iframe' || frame.hasAttribute(MARK.service)) continue;
    const src = frame.getAttribute('src');
    if (src) frame.setAttribute(MARK.src, src);
    frame.setAttribute(MARK.service, service);
    leave(frame);
  }
}

/** Opens a frame. */
export function openFrame(frame: HTMLIFrameElement): void {
  const src = frame.getAttribute(MARK.src);
  frame.setAttribute(STATE, 'open');
  if (src !== null && !frame.hasAttribute('src')) frame.src = src;
}

/** Closes a frame. */
export function shutFrame(frame: HTMLIFrameElement): void {
  if (frame.getAttribute(STATE) === 'open') leave(frame);
  frame.setAttribute(STATE, 'shut');
}

/** Whether a frame is open; undefined of one that the gate has not met. */
export function isOpen(frame: Element): boolean | undefined {
  const state = frame.getAttribute(STATE);
  return state === null ? undefined : state === 'open';
}

/** Empties a frame without leaving a step in the page's history. */
function leave(frame: HTMLIFrameElement): void {
  frame.removeAttribute('src');
  frame.contentWindow?.location.replace('about:blank');
}
