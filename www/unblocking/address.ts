/** Restores the addresses of elements. */
import { ADDRESSES, HELD } from '../gate/names.ts';
import { report } from '../gate/report.ts';
import { isAllowed } from '../gate/url.ts';

/** Gives an element its addresses; answers whether it had one. */
export function giveAddresses(element: Element): boolean {
  let given = false;
  // What the gate has put there so that the page's code does not set them.
  for (const name of ['setAttribute', ...ADDRESSES]) delete (element as any)[name];
  for (const name of ADDRESSES) {
    for (const from of [`data-${name}`, HELD + name]) {
      const value = element.getAttribute(from);
      if (value === null) continue;
      element.removeAttribute(from);
      if (isAllowed(element, name, value)) {
        // Automatic blocking holds what is set in the usual ways.
        element.setAttributeNS(null, name, value);
        given = true;
      } else report(`${name}="${value}" was not set: only http: and https: addresses are`, element);
    }
  }
  return given;
}
