/**
 * Looks for mistakes in the page's markup that would otherwise stay silent, while somebody is asked: marks that nothing
 * can satisfy, and requests to a declared host that no mark has blocked. What names them is loaded with the first that may
 * be one (`www/hints/`).
 */
import { inside, matches } from '../gate/dom.ts';
import { LOADS, MARK, MARKS, PURPOSES } from '../gate/names.ts';
import type { WidgetConfig } from '../gate/protocol.ts';
import { ownersOf } from '../hints/owners.ts';

type Hints = typeof import('../hints/index.ts');

/** Begins; `grants` says whether a service is granted on this page, `load` loads what names mistakes. */
export function findMistakes(
  config: WidgetConfig,
  grants: (slug: string) => boolean,
  load: () => Promise<Hints>,
): void {
  const slugs = config.purposes.flatMap((group) => group.services.map(({ slug }) => slug));
  const services = config.purposes.flatMap(({ purpose, services }) => (purpose ? services : []));
  let hints: Promise<Hints | void> | undefined;
  const name = (say: (hints: Hints) => void): void => {
    hints ??= load().catch(() => {});
    void hints.then((hints) => hints && say(hints));
  };

  let isDue = false;
  const look = (): void => {
    isDue = false;
    for (const element of inside(document, MARKS)) {
      const mark = (name: string): any => Element.prototype.getAttribute.call(element, name);
      const service = mark(MARK.service);
      const isKnown = service === null ? PURPOSES.includes(mark(MARK.purpose)) : slugs.includes(service);
      if (!isKnown || !matches(element, `script[type="text/plain"],${LOADS}`)) {
        name((hints) => hints.checkMarkup(element, slugs));
      }
    }
  };
  look();
  new MutationObserver(() => {
    if (isDue) return;
    isDue = true;
    setTimeout(look, 1000);
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: Object.values(MARK) });

  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { hostname } = new URL(entry.name);
      if (hostname !== location.hostname && ownersOf(hostname, services).length) {
        name((hints) => hints.checkRequest(entry as PerformanceResourceTiming, services, grants));
      }
    }
  }).observe({ type: 'resource', buffered: true });
}
