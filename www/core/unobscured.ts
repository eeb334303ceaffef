/**
 * Whoever goes through the page by keyboard sees where they are: as long as the banner is there, the page can be scrolled
 * to where the banner covers nothing, and what is focused is scrolled there (WCAG 2.2, 2.4.11). Nothing of the page is
 * touched for anybody else.
 */

import { doc } from '../gate/dom.ts';

/** Keeps the page's ends clear of a banner from the first Tab on; answers with what lets go of them. */
export function keepClear(root: ShadowRoot): () => void {
  const sheet = new CSSStyleSheet();
  const clear = ({ key }: KeyboardEvent): void => {
    if (key !== 'Tab') return;
    const banner = root.querySelector('[data-placet=banner]');
    if (!banner) return;
    removeEventListener('keydown', clear, true);
    const { top, bottom } = banner.getBoundingClientRect();
    const below = innerHeight - top;
    // In the middle, or in the page's own flow, there is no end to keep clear of.
    if (Math.min(bottom, below) > innerHeight * 0.6 || getComputedStyle(banner).position !== 'fixed') return;
    const room = bottom < below ? `${bottom}px 0` : `0 ${below}px`;
    // On paper there is no banner.
    sheet.replaceSync(`@media screen{html{padding-block:${room}!important;scroll-padding-block:${room}!important}}`);
    doc.adoptedStyleSheets = [...doc.adoptedStyleSheets, sheet];
  };
  addEventListener('keydown', clear, true);
  return () => {
    removeEventListener('keydown', clear, true);
    doc.adoptedStyleSheets = doc.adoptedStyleSheets.filter((other) => other !== sheet);
  };
}
