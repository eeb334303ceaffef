/**
 * The addresses of frames, pictures, style sheets and the like. A blocked element has them in `data-consent-src`,
 * `data-consent-srcset` and so on, where neither the browser nor a lazy loader looks, and where a copy of the element
 * keeps them.
 */
import { ADDRESSES, HELD } from '../names.ts';

/**
 * Whether an address that the page sets would be requested although the element is blocked. The site's own placeholder
 * of a blocked picture may stay where it is.
 */
function isBlocked(element: Element, name: string, value: string): boolean {
  const held = element.getAttribute(HELD + name);
  try {
    const { protocol, origin } = new URL(value, element.baseURI);
    return /^http/.test(protocol) && (held === null || held === value || origin !== location.origin);
  } catch {
    return false;
  }
}

/** Has a blocked element keep an address for later. */
function keep(element: Element, name: string, value: string): void {
  // What loads pictures late may set the same address again whenever the element changes.
  if (element.getAttribute(HELD + name) !== value) element.setAttributeNS(null, HELD + name, value);
}

/** Takes an element's addresses from it until it is unblocked; answers whether it had one that loads. */
export function holdAddresses(element: Element): boolean {
  let loaded = false;
  for (const name of ADDRESSES) {
    for (const from of [`data-${name}`, name]) {
      const value = element.getAttribute(from);
      if (!value || (from === name && !isBlocked(element, name, value))) continue;
      keep(element, name, value);
      element.removeAttribute(from);
      loaded ||= from === name;
    }
  }
  if (!Object.hasOwn(element, 'setAttribute')) divert(element);
  return loaded;
}

/** Has what the page's code sets on a blocked element be kept, too: a lazy loader may know the address already. */
function divert(element: Element): void {
  const set = (name: string, value: string): void => {
    if (isBlocked(element, name, value)) keep(element, name, value);
    else element.setAttributeNS(null, name, value);
  };
  for (const name of ADDRESSES) {
    if (name in element) {
      Object.defineProperty(element, name, {
        configurable: true,
        get: () => element.getAttribute(name) ?? element.getAttribute(HELD + name) ?? '',
        set: (value) => set(name, `${value}`),
      });
    }
  }
  element.setAttribute = (name, value) =>
    ADDRESSES.includes(name as (typeof ADDRESSES)[number])
      ? set(name, `${value}`)
      : Element.prototype.setAttribute.call(element, name, value);
}
