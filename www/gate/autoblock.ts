/**
 * Automatic blocking, for pages that nobody marks up: what goes to a domain that a service of the widget declares is
 * held until the service is granted. Opt-in (`&autoblock=1`, as the page's first script, without `async`).
 *
 * Elements are turned into marked-up ones and opened like them; requests made by code wait. What it cannot stop: a
 * request that the parser's preload scanner has sent before the element exists, and whatever is not an element of these
 * kinds, `fetch`, `XMLHttpRequest` or a beacon (`docs/blocking.md`).
 */
import { MARK } from './names.ts';
import { trusted } from './trusted.ts';

/**
 * The hosts that the server has put before this script, each with the slugs of the services that declare it; `*.` stands
 * for every host below a domain.
 */
export type Domains = Record<string, readonly string[]>;

type Held = HTMLScriptElement | HTMLIFrameElement | HTMLImageElement;

const HELD_PROTOTYPES = [HTMLScriptElement.prototype, HTMLIFrameElement.prototype, HTMLImageElement.prototype];

/** Begins to hold; answers with what lets go of the services that are granted. */
export function holdRequests(domains: Domains): (permits: (slug: string) => boolean) => void {
  let permitted: (slug: string) => boolean = () => false;
  const waiting: { slug: string; go: () => void }[] = [];

  /** The service that an address belongs to, if none of those that declare its host is granted. */
  const closedService = (address: unknown): string | undefined => {
    const labels = hostOf(address).split('.');
    const names = [labels.join('.'), ...labels.map((_, index) => `*.${labels.slice(index + 1).join('.')}`)];
    const services = names.flatMap((name) => (Object.hasOwn(domains, name) ? (domains[name] ?? []) : []));
    return services.some(permitted) ? undefined : services[0];
  };
  const wait = (slug: string, go: () => void): void => void waiting.push({ slug, go });

  holdElements(closedService, wait);
  holdCalls(closedService, wait);

  return (permits) => {
    permitted = permits;
    for (const held of waiting.splice(0)) {
      if (permits(held.slug)) held.go();
      else waiting.push(held);
    }
  };
}

type ClosedService = (address: unknown) => string | undefined;
type Wait = (slug: string, go: () => void) => void;

function holdElements(closedService: ClosedService, wait: Wait): void {
  const { setAttribute } = Element.prototype;

  /** Turns an element into a marked-up one: it is opened like those that the page has marked up itself. */
  const mark = (element: Held, src: string, slug: string): void => {
    if (element instanceof HTMLScriptElement) {
      if (element.type) setAttribute.call(element, MARK.type, element.type);
      setAttribute.call(element, 'type', 'text/plain');
    }
    setAttribute.call(element, MARK.service, slug);
    setAttribute.call(element, MARK.src, src);
    element.removeAttribute('src');
  };

  /** Keeps an element that code has made from its address; later the same element goes on, with its listeners. */
  const hold = (element: Held, src: string, slug: string): void => {
    if (element instanceof HTMLIFrameElement) return mark(element, src, slug);
    element.removeAttribute('src');
    const type = element.getAttribute('type');
    if (element instanceof HTMLScriptElement) setAttribute.call(element, 'type', 'text/plain');
    wait(slug, () => {
      if (element instanceof HTMLImageElement) return setAttribute.call(element, 'src', src);
      if (type === null) element.removeAttribute('type');
      else setAttribute.call(element, 'type', type);
      setAttribute.call(element, 'src', trusted().createScriptURL(src));
    });
  };

  for (const prototype of HELD_PROTOTYPES) {
    const src = Object.getOwnPropertyDescriptor(prototype, 'src');
    Object.defineProperty(prototype, 'src', {
      ...src,
      set(this: Held, value: unknown) {
        const slug = closedService(value);
        if (slug === undefined) src?.set?.call(this, value);
        else hold(this, String(value), slug);
      },
    });
  }

  Element.prototype.setAttribute = function (this: Element, name: string, value: string) {
    const slug = isHeldKind(this) && String(name).toLowerCase() === 'src' ? closedService(value) : undefined;
    if (slug === undefined) setAttribute.call(this, name, value);
    else hold(this as Held, value, slug);
  };

  new MutationObserver((records) => {
    for (const { addedNodes } of records) {
      for (const node of addedNodes) {
        if (!(node instanceof Element)) continue;
        for (const element of [node, ...node.querySelectorAll('script[src],iframe[src],img[src]')]) {
          const src = isHeldKind(element) && element.getAttribute('src');
          const slug = src ? closedService(src) : undefined;
          if (!src || slug === undefined) continue;
          mark(element as Held, src, slug);
          if (element instanceof HTMLIFrameElement) element.contentWindow?.location.replace('about:blank');
        }
      }
    }
  }).observe(document, { childList: true, subtree: true });
}

function holdCalls(closedService: ClosedService, wait: Wait): void {
  const { fetch } = window;
  window.fetch = (input, init) => {
    const slug = closedService(input instanceof Request ? input.url : input);
    if (slug === undefined) return fetch(input, init);
    return new Promise((resolve) => wait(slug, () => resolve(fetch(input, init))));
  };

  const { open, send } = XMLHttpRequest.prototype;
  const addresses = new WeakMap<XMLHttpRequest, unknown>();
  XMLHttpRequest.prototype.open = function (this: XMLHttpRequest, ...args: unknown[]) {
    addresses.set(this, args[1]);
    return open.apply(this, args as Parameters<typeof open>);
  } as typeof open;
  XMLHttpRequest.prototype.send = function (body) {
    const slug = closedService(addresses.get(this));
    if (slug === undefined) send.call(this, body);
    else wait(slug, () => send.call(this, body));
  };

  const sendBeacon = navigator.sendBeacon.bind(navigator);
  navigator.sendBeacon = (url, data) => {
    const slug = closedService(url);
    if (slug === undefined) return sendBeacon(url, data);
    wait(slug, () => sendBeacon(url, data));
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

function isHeldKind(element: Element): boolean {
  return HELD_PROTOTYPES.some((prototype) => Object.prototype.isPrototypeOf.call(prototype, element));
}
