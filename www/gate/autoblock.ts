/**
 * Automatic blocking, for pages that nobody marks up: what goes to a domain that a service of the widget declares is
 * held until the service is granted. Opt-in (`&autoblock=1`, as the page's first script, without `async`).
 *
 * Elements in markup are turned into marked-up ones and unblocked like them; elements that code makes keep their address
 * for later; requests made by code wait. What it cannot stop is in `docs/blocking.md`.
 */
import { doc, make, setOwn, within } from './dom.ts';
import { beforeInsertion, wrap, wrapSetter } from '../guard/insertion.ts';
import { holdWrites } from './autoblock/writes.ts';
import { holdCalls } from './autoblock/calls.ts';
import { HELD, MARK, MARKS } from './names.ts';
import { call } from './report.ts';

/**
 * The hosts that the server has put before this script, each with the slugs of the services that declare it; `*.` stands
 * for every host below a domain.
 */
export type Domains = Record<string, readonly string[]>;

/** The services that an address belongs to, if none of them is granted: one that is granted is enough. */
export type ClosedServices = (address: unknown) => readonly string[] | undefined;
/** Goes on when one of these services is granted, with its slug. */
export type Wait = (services: readonly string[], go: (slug: string) => void) => void;

/** The attributes that an element loads from. */
const LOADING: Record<string, readonly string[]> = {
  script: ['src', 'href', 'xlink:href'],
  iframe: ['src'],
  img: ['src', 'srcset'],
  source: ['src', 'srcset'],
  video: ['src', 'poster'],
  audio: ['src'],
  track: ['src'],
  embed: ['src'],
  input: ['src'],
  object: ['data'],
  link: ['href'],
  image: ['href', 'xlink:href'],
  feImage: ['href', 'xlink:href'],
};
/** In markup. */
const TEXT = /<(script|iframe|img|source|video|audio|track|embed|input|object|link|image|feImage)\b/i;
/** Other links are the page's own words about itself. */
const LINKS = /^$|stylesheet|icon|load|fetch|connect/;

/** Begins to hold; returns what releases the requests of services that are granted. */
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

/** What code has given to an element that is kept from it; only the last counts. */
interface Kept {
  readonly value: string;
  release(): void;
}

function holdElements(closedServices: ClosedServices, wait: Wait): void {
  const loads = Object.keys(LOADING).join();
  const { setAttribute } = Element.prototype;
  const kept = new WeakMap<Element, Map<string, Kept>>();

  /** The services that an attribute's value waits for, where the element loads from it. */
  const waitsFor = (element: Element, name: string, value: unknown): readonly string[] | undefined => {
    if (!LOADING[element.localName]?.includes(name)) return;
    if (element.localName === 'link' && !LINKS.test((element as HTMLLinkElement).rel)) return;
    const addresses = name === 'srcset' ? `${value}`.split(/,?\s+/) : [value];
    return addresses.map(closedServices).find((services) => services);
  };

  /** The mark names one service; another that is granted is as good. */
  const name = (element: Element, services: readonly string[]): void => {
    setAttribute.call(element, MARK.service, services[0] as string);
    if (services.length > 1) wait(services, (slug) => setAttribute.call(element, MARK.service, slug));
  };

  /** Turns what loads in an element into what is marked up: it is unblocked like what the page has marked up itself. */
  const mark = (element: Element): void => {
    if (element.matches(MARKS)) return;
    for (const attribute of LOADING[element.localName] ?? []) {
      const value = element.getAttribute(attribute);
      const services = value && waitsFor(element, attribute, value);
      if (!services) continue;
      if (element.namespaceURI?.endsWith('xhtml') && element.localName !== 'input') {
        if (element instanceof HTMLScriptElement) block(element);
        setAttribute.call(element, HELD + attribute, value);
        element.removeAttribute(attribute);
        name(element, services);
      } else {
        holdForeign(element, attribute, value, services);
      }
    }
  };

  /** Keeps a script from running. */
  const block = (script: Element): void => {
    const type = script.getAttribute('type');
    if (type) setAttribute.call(script, MARK.type, type);
    setAttribute.call(script, 'type', 'text/plain');
  };

  /** An element of SVG, or of a form, is given its address later; a script of SVG goes on as one of HTML. */
  const holdForeign = (element: Element, attribute: string, value: string, services: readonly string[]): void => {
    element.removeAttribute(attribute);
    if (element.localName !== 'script') return wait(services, () => setAttribute.call(element, attribute, value));
    const script = make('script');
    block(script);
    setAttribute.call(script, `${HELD}src`, value);
    name(script, services);
    block(element);
    element.after(script);
  };

  /** Keeps an element that code has made from its address; later the same element goes on, with its listeners. */
  const hold = (
    element: Element,
    attribute: string,
    value: string,
    services: readonly string[],
    set: () => void,
  ): void => {
    if (element.localName === 'iframe') {
      setAttribute.call(element, HELD + attribute, value);
      element.removeAttribute(attribute);
      return name(element, services);
    }
    release(element, attribute);
    element.removeAttribute(attribute);
    const type = element.getAttribute('type');
    // A script without address would run the text in it.
    if (element.localName === 'script') setAttribute.call(element, 'type', 'text/plain');
    const held: Kept = {
      value,
      release() {
        kept.get(element)?.delete(attribute);
        if (element.localName !== 'script' || element.getAttribute('type') !== 'text/plain') return;
        if (type === null) element.removeAttribute('type');
        else setAttribute.call(element, 'type', type);
      },
    };
    kept.set(element, (kept.get(element) ?? new Map()).set(attribute, held));
    wait(services, () => {
      if (kept.get(element)?.get(attribute) !== held) return;
      held.release();
      set();
    });
  };

  const release = (element: Element, attribute: string): void => kept.get(element)?.get(attribute)?.release();

  /** Sets an element's address, now or when it may. */
  const setAddress = (element: Element, attribute: string, value: unknown, set: () => void): void => {
    const services = waitsFor(element, attribute, value);
    if (services) return hold(element, attribute, `${value}`, services, set);
    release(element, attribute);
    set();
  };

  for (const [{ prototype }, ...attributes] of [
    [HTMLScriptElement, 'src'],
    [HTMLIFrameElement, 'src'],
    [HTMLImageElement, 'src', 'srcset'],
    [HTMLSourceElement, 'src', 'srcset'],
    [HTMLMediaElement, 'src'],
    [HTMLVideoElement, 'poster'],
    [HTMLTrackElement, 'src'],
    [HTMLEmbedElement, 'src'],
    [HTMLInputElement, 'src'],
    [HTMLObjectElement, 'data'],
    [HTMLLinkElement, 'href'],
  ] as [{ prototype: Element }, ...string[]][]) {
    for (const attribute of attributes) {
      wrapSetter(prototype, attribute, (set) => {
        return function (this: Element, value: unknown) {
          setAddress(this, attribute, value, () => set.call(this, value));
        };
      });
      const property = Object.getOwnPropertyDescriptor(prototype, attribute);
      Object.defineProperty(prototype, attribute, {
        ...property,
        get(this: Element) {
          return kept.get(this)?.get(attribute)?.value ?? property?.get?.call(this);
        },
      });
    }
  }
  wrap(Element.prototype, 'setAttribute', (set) => {
    return function (this: Element, ...values: [string, unknown]) {
      setAddress(this, `${values[0]}`.toLowerCase(), values[1], () => set.apply(this, values));
    };
  });
  // Placet itself sets what was granted without a namespace.
  wrap(Element.prototype, 'setAttributeNS', (set) => {
    return function (this: Element, ...values: [string | null, string, unknown]) {
      const isForeign = values[0] || this.namespaceURI?.endsWith('svg');
      if (isForeign) setAddress(this, values[1], values[2], () => set.apply(this, values));
      else set.apply(this, values);
    };
  });
  setOwn(
    'Audio',
    new Proxy(Audio, {
      construct(target, [src], newTarget) {
        const audio = Reflect.construct(target, [], newTarget) as HTMLAudioElement;
        if (src !== undefined) audio.src = src;
        return audio;
      },
    }),
  );

  const prepare = (node: Node): void => {
    for (const element of within(node, loads)) mark(element);
  };
  beforeInsertion({ text: TEXT, prepare });
  holdWrites(TEXT, prepare);

  new MutationObserver((records) => {
    for (const { addedNodes } of records) {
      for (const node of addedNodes) {
        for (const element of within(node, loads)) if (!element.matches(MARKS)) meet(element);
      }
    }
  }).observe(document, { childList: true, subtree: true });

  const meet = (element: Element): void => {
    const src = element.getAttribute('src');
    // The parser starts a script after this; one that code puts in has started already, or never will.
    if (element.localName === 'script' && doc.readyState !== 'loading') return;
    // A frame that loads already is stopped by whoever closes it.
    const services = element.localName === 'iframe' && src && closedServices(src);
    if (services) name(element, services);
    else mark(element);
  };
}

/** The host of an address as the page writes it; none if it is no address. */
function hostOf(address: unknown): string {
  try {
    return new URL(String(address), doc.baseURI).hostname;
  } catch {
    return '';
  }
}
