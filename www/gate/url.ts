/** What an address leads to, as the browser reads it, and whether an element may be given it. */
import { make } from './dom.ts';

/**
 * The scheme of an address, with its colon, relative to the page if it has none: `https:`. `java\nscript:` is
 * `javascript:`, as it would be on a click (URL Standard, 4.4); `:` is no address.
 */
export function schemeOf(address: string): string {
  const link = make('a');
  link.href = address;
  return link.protocol;
}

/**
 * Whether an element may be given an address: `http:` and `https:` anywhere, `data:` and `blob:` for pictures. Whatever
 * else an address can be (`javascript:`) would run code that the page's own filters took for harmless data.
 */
export function isAllowed(element: Element, name: string, value: string): boolean {
  const isPicture = name === 'poster' || name === 'srcset' || /^(img|source)$/.test(element.localName);
  return (isPicture ? /^(https?|data|blob):$/ : /^https?:$/).test(schemeOf(value));
}
