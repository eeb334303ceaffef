/** The button that copies the number of the visitor's proof. */
import { doc } from '../gate/dom.ts';

/** Makes the button work, if the settings have one; once it has copied it says so in the place of its words. */
export function makeCopy(root: ShadowRoot, copied: string): void {
  const number = root.querySelector('[part=id]');
  const button = root.querySelector<HTMLElement>('[data-placet=copy]');
  if (!number || !button) return;
  button.setAttribute('aria-live', 'polite');
  button.onclick = async () => {
    if (await copy(number)) button.textContent = copied;
  };
}

/** Whether the browser did it. Pages that are not secure have only the old way, by what is selected in the page. */
async function copy(shown: Element): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(shown.textContent ?? '');
    return true;
  } catch {
    getSelection()?.selectAllChildren(shown);
    return doc.execCommand('copy');
  }
}
