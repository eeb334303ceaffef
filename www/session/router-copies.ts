/** Copies of a page that a router keeps: they are blocked again, whatever holds by the time they are shown. */
import { doc } from '../gate/dom.ts';
import { LIVE, MARKS } from '../gate/names.ts';

/** What routers say before they copy the page: Turbo the body, htmx the element that it names. */
const EVENTS = ['turbo:before-cache', 'htmx:beforeHistorySave'];

/** Begins to block copies; `block` blocks an element of one. */
export function blockCopies(block: (element: Element) => void): void {
  for (const event of EVENTS) {
    doc.addEventListener(event, ({ detail }: CustomEventInit) => blockCopy(detail?.historyElt ?? doc.body, block));
  }
}

/** Has the next copy of an element be blocked; the element itself is left alone. */
function blockCopy(page: Element, block: (element: Element) => void): void {
  page.cloneNode = (deep) => {
    delete (page as Partial<Element>).cloneNode;
    const copy = page.cloneNode(deep) as Element;
    // What Placet has drawn is nothing without what is in it.
    for (const element of copy.querySelectorAll(`#placet,[data-placet-placeholder],[${LIVE}]`)) element.remove();
    for (const element of copy.querySelectorAll(`${MARKS}:not(script)`)) block(element);
    return copy;
  };
}
