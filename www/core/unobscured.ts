/**
 * Whoever goes through the page by keyboard sees where they are: as long as the banner is there, the page can be scrolled
 * to where the banner covers nothing, and what is focused is scrolled there (WCAG 2.2, 2.4.11). Nothing of the page is
 * touched for anybody else.
 */

/** Keeps the page's ends clear of a banner from the first Tab on; answers with what lets go of them. */
export function keepClear(root: ShadowRoot): () => void {
  const { style } = document.documentElement;
  const { paddingBlock, scrollPaddingBlock } = style;
  const clear = ({ key }: KeyboardEvent): void => {
    if (key !== 'Tab') return;
    const banner = root.querySelector('[data-placet=banner]');
    if (!banner) return;
    removeEventListener('keydown', clear);
    const { top, bottom } = banner.getBoundingClientRect();
    const below = innerHeight - top;
    // In the middle, or in the page's own flow, there is no end to keep clear of.
    if (Math.min(bottom, below) > innerHeight * 0.6 || getComputedStyle(banner).position !== 'fixed') return;
    style.paddingBlock = style.scrollPaddingBlock = bottom < below ? `${bottom}px 0` : `0 ${below}px`;
  };
  addEventListener('keydown', clear);
  return () => {
    removeEventListener('keydown', clear);
    Object.assign(style, { paddingBlock, scrollPaddingBlock });
  };
}
