/** Pictures, videos, style sheets and the like: kept shut by `data-src`, `data-srcset`, `data-href`, `data-poster`. */
import { KEEPING } from '../names.ts';

/** Gives an element the addresses that it was kept from. */
export function openMedia(element: Element): void {
  let opened = false;
  for (const keeping of KEEPING) {
    const value = element.getAttribute(keeping);
    if (value === null) continue;
    element.removeAttribute(keeping);
    element.setAttribute(keeping.slice(5), value);
    opened = true;
  }
  // A video looks at its sources only once, unless it is told to look again.
  if (opened && element.localName === 'source') (element.closest('video,audio') as HTMLMediaElement | null)?.load();
}
