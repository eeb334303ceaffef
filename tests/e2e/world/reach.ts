/** What a visitor sees and can click: boxes inside the window, and hit tests at the middle of each button. */
import { expect, type Locator, type Page } from '@playwright/test';
import { ui } from '../site.ts';

/** Whether an element lies inside the window, and a click on its middle reaches it. */
export const isReached = (element: Locator): Promise<boolean> =>
  element.evaluate((element) => {
    for (const animation of element.closest('section, dialog')?.getAnimations() ?? []) animation.finish();
    const { left, top, right, bottom, width, height } = element.getBoundingClientRect();
    const inWindow = width > 0 && height > 0 && left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
    let hit = document.elementFromPoint(left + width / 2, top + height / 2);
    while (hit?.shadowRoot) {
      const inner: Element | null = hit.shadowRoot.elementFromPoint(left + width / 2, top + height / 2);
      if (!inner || inner === hit) break;
      hit = inner;
    }
    return inWindow && element.contains(hit);
  });

/** Waits until each answer of the banner can be clicked. */
export async function isAnswerable(page: Page): Promise<void> {
  await expect(ui(page).banner).toBeVisible();
  for (const button of [ui(page).refuseAll, ui(page).acceptAll, ui(page).settings]) {
    await expect.poll(() => isReached(button), String(button)).toBe(true);
  }
}
