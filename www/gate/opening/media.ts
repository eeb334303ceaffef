/** Pictures, videos, style sheets and the like: kept shut by `data-src`, `data-srcset`, `data-href`, `data-poster`. */

const KEPT = ['src', 'srcset', 'href', 'poster', 'data'] as const;

/** The attributes that keep an address. */
export const KEEPING = KEPT.map((name) => `data-${name}`);

/** Gives an element the addresses that it was kept from. */
export function openMedia(element: Element): void {
  let opened = false;
  for (const name of KEPT) {
    const value = element.getAttribute(`data-${name}`);
    if (value === null) continue;
    element.removeAttribute(`data-${name}`);
    element.setAttribute(name, value);
    opened = true;
  }
  // A video looks at its sources only once, unless it is told to look again.
  if (opened && element.localName === 'source') (element.closest('video,audio') as HTMLMediaElement | null)?.load();
}
