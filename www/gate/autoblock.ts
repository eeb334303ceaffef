/**
 * Automatic blocking, for pages that nobody marks up: what goes to a domain that a service of the widget declares is
 * held until the service is granted. Opt-in (`&autoblock=1`, as the page's first script, without `async`).
 *
 * Elements are turned into marked-up ones and opened like them; requests made by code wait. What it cannot stop: a
 * request that the parser's preload scanner has sent before the element exists, and whatever is not an element of these
 * kinds, `fetch`, `XMLHttpRequest` or a beacon (`docs/blocking.md`).
 */
import { MARK } from './names.ts';
import { call } from './report.ts';

/**
 * The hosts that the server has put before this script, each with the slugs of the services that declare it; `*.` stands
 * for every host below a domain.
 */
export type Domains = Record<string, readonly string[]>;

type Held = HTMLScriptElement | HTMLIFrameElement | HTMLImageElement;

const heldPrototypes = () => [HTMLScriptElement.prototype, HTMLIFrameElement.prototype, HTMLImageElement.prototype];
const HELD = 'script[src],iframe[src],img[src]';
const MARKED = `[${MARK.service}],[${MARK.purpose}]`;

/** The services that an address belongs to, if none of them is granted: one that is granted is enough. */
type ClosedServices = (address: unknown) => readonly string[] | undefined;
/** Goes on when one of these services is granted, with its slug. */
type Wait = (services: readonly string[], go: (slug: string) => void) => void;

/** Begins to hold; answers with what lets go of the services that are granted. */
export function holdRequests(domains: Domains): (permits: (slug: string) => boolean) => void {
  let permitted: (slug: string) => boolean = () => false;
  const waiting: Parameters<Wait>[] = [];

  const closedServices: ClosedServices = (address) => {
    const labels = hostOf(address).split('.');
    const names = [labels.join('.'), ...labels.map((_, index) => `*.${labels.slice(index + 1).join('.')}`)];
    const services = names.flatMap((name) => (Object.hasOwn(domains, name) ? (domains[name] ?? []) : []));
    return services.length && !services.some(permitted) ? services : undefined;
  };
  const wait: Wait = (...held) => void waiting.push(held);

  holdElements(closedServices, wait);
  holdCalls(closedServices, wait);

  return (permits) => {
    permitted = permits;
    for (const held of waiting.splice(0)) {
      const [services, go] = held;
      const slug = services.find(permits);
      if (slug === undefined) waiting.push(held);
      else call(go, slug);
    }
  };
}

function holdElements(closedServices: ClosedServices, wait: Wait): void {
  const { setAttribute } = Element.prototype;
  /** What code has given to an element that is kept from it; only the last counts. */
  const kept = new WeakMap<Element, { src: string; release: () => void }>();

  /** The mark names one service; another that is granted is as good. */
  const name = (element: Held, services: readonly string[]): void => {
    setAttribute.call(element, MARK.service, services[0] as string);
    if (services.length > 1) wait(services, (slug) => setAttribute.call(element, MARK.service, slug));
  };

  /** Turns an element into a marked-up one: it is opened like those that the page has marked up itself. */
  const mark = (element: Held, src: string, services: readonly string[]): void => {
    if (element instanceof HTMLScriptElement) {
      if (element.type) setAttribute.call(element, MARK.type, element.type);
      setAttribute.call(element, 'type', 'text/plain');
    }
    setAttribute.call(element, MARK.src, src);
    element.removeAttribute('src');
    name(element, services);
  };

  /** Keeps an element that code has made from its address; later the same element goes on, with its listeners. */
  const hold = (element: Held, src: string, services: readonly string[], set: () => void): void => {
    if (element instanceof HTMLIFrameElement) return mark(element, src, services);
    kept.get(element)?.release();
    element.removeAttribute('src');
    const type = element.getAttribute('type');
    // A script without address would run the text in it.
    if (element instanceof HTMLScriptElement) setAttribute.call(element, 'type', 'text/plain');
    const release = (): void => {
      kept.delete(element);
      if (element.getAttribute('type') !== 'text/plain') return;
      if (type === null) element.removeAttribute('type');
      else setAttribute.call(element, 'type', type);
    };
    const held = { src, release };
    kept.set(element, held);
    wait(services, () => {
      if (kept.get(element) !== held) return;
      release();
      set();
    });
  };

  /** Sets an element's address, now or when it may. */
  const setAddress = (element: Held, value: unknown, set: () => void): void => {
    const services = closedServices(value);
    if (services) return hold(element, String(value), services, set);
    kept.get(element)?.release();
    set();
  };

  for (const prototype of heldPrototypes()) {
    const src = Object.getOwnPropertyDescriptor(prototype, 'src') as PropertyDescriptor;
    Object.defineProperty(prototype, 'src', {
      ...src,
      get(this: Held) {
        return kept.get(this)?.src ?? src.get?.call(this);
      },
      set(this: Held, value: unknown) {
        setAddress(this, value, () => src.set?.call(this, value));
      },
    });
  }

  Element.prototype.setAttribute = function (this: Element, name: string, value: string) {
    const set = (): void => setAttribute.call(this, name, value);
    if (isHeldKind(this) && String(name).toLowerCase() === 'src') setAddress(this, value, set);
    else set();
  };

  new MutationObserver((records) => {
    for (const { addedNodes } of records) {
      for (const node of addedNodes) {
        if (!(node instanceof Element)) continue;
        for (const element of [node, ...node.querySelectorAll(HELD)]) {
          if (isHeldKind(element) && !element.matches(MARKED)) meet(element);
        }
      }
    }
  }).observe(document, { childList: true, subtree: true });

  const meet = (element: Held): void => {
    const src = element.getAttribute('src');
    const services = src ? closedServices(src) : undefined;
    // The parser starts a script after this; one that code puts in has started already, or never will.
    if (!src || !services || (element instanceof HTMLScriptElement && document.readyState !== 'loading')) return;
    // A frame that loads already is stopped by whoever closes it.
    if (element instanceof HTMLIFrameElement) name(element, services);
    else mark(element, src, services);
  };
}

function holdCalls(closedServices: ClosedServices, wait: Wait): void {
  const { fetch } = window;
  window.fetch = (input, init) => {
    const services = closedServices(input instanceof Request ? input.url : input);
    if (!services) return fetch(input, init);
    return new Promise((resolve) => wait(services, () => resolve(fetch(input, init))));
  };

  const { open, send, abort } = XMLHttpRequest.prototype;
  /** The request that each was last opened for. */
  const requests = new WeakMap<XMLHttpRequest, { address: unknown }>();
  XMLHttpRequest.prototype.open = function (this: XMLHttpRequest, ...args: unknown[]) {
    requests.set(this, { address: args[1] });
    return open.apply(this, args as Parameters<typeof open>);
  } as typeof open;
  XMLHttpRequest.prototype.send = function (body) {
    const request = requests.get(this);
    const services = request && closedServices(request.address);
    if (!services) return send.call(this, body);
    wait(services, () => {
      if (requests.get(this) === request) send.call(this, body);
    });
  };
  XMLHttpRequest.prototype.abort = function () {
    const request = requests.get(this);
    if (request) requests.set(this, { ...request });
    abort.call(this);
  };

  const { sendBeacon } = Navigator.prototype;
  Navigator.prototype.sendBeacon = function (url, data) {
    const services = closedServices(url);
    if (!services) return sendBeacon.call(this, url, data);
    wait(services, () => sendBeacon.call(this, url, data));
    return true;
  };
}

/** The host of an address as the page writes it; none if it is no address. */
function hostOf(address: unknown): string {
  try {
    return new URL(String(address), document.baseURI).hostname;
  } catch {
    return '';
  }
}

function isHeldKind(element: Element): element is Held {
  return heldPrototypes().some((prototype) => Object.prototype.isPrototypeOf.call(prototype, element));
}
