/**
 * Hints for developers: one sentence in the console for each mistake in the markup that would otherwise stay silent.
 * Loaded when there may be one (`www/core/mistakes.ts`), for visitors who are being asked only.
 */
import { MARK, PURPOSES } from '../gate/names.ts';
import type { ServiceConfig } from '../gate/protocol.ts';
import { nearest } from './nearest.ts';
import { ownersOf } from './owners.ts';

const KINDS = /^(script|iframe|img|link|video|audio|source|track|object|embed)$/;

/** What has been said on this page. */
const given = new Set<string>();

/** Says it, unless it has been said on this page. */
function hint(message: string, about?: Element): void {
  if (given.has(message)) return;
  given.add(message);
  console.warn(`Placet: ${message}`, ...(about ? [about] : []));
}

/** Names what is wrong about a marked element, if something is. */
export function checkMarkup(element: Element, slugs: readonly string[]): void {
  // It may be a form, whose fields hide its own members.
  const { prototype } = Element;
  const localName: string = Reflect.get(prototype, 'localName', element);
  const namespaceURI: string | null = Reflect.get(prototype, 'namespaceURI', element);
  const service = prototype.getAttribute.call(element, MARK.service);
  const purpose = prototype.getAttribute.call(element, MARK.purpose);
  if (!KINDS.test(localName) || !namespaceURI?.endsWith('xhtml')) {
    hint(
      `${MARK.service} does nothing on <${localName}>: it blocks script, iframe, img, link, video, audio, source, track, object and embed`,
      element,
    );
  } else if (service !== null && !slugs.includes(service)) {
    const mark = `${MARK.service}="${service}"`;
    const several = service.split(/[\s,;|]+/).filter((word) => word);
    if (several.length > 1 && several.every((slug) => slugs.includes(slug))) {
      hint(
        `${mark} names several services, so it waits for ever: name one, or a purpose with ${MARK.purpose}`,
        element,
      );
    } else {
      hint(`${mark}: the widget has no such service, so it waits for ever; ${meant(service, slugs)}`, element);
    }
  } else if (service === null && !PURPOSES.some((label) => label === purpose)) {
    const mark = `${MARK.purpose}="${purpose}"`;
    hint(`${mark} is no purpose, so it waits for ever; ${meant(`${purpose}`, PURPOSES)}`, element);
  }
  const type = localName === 'script' && (element as HTMLScriptElement).type;
  if (typeof type === 'string' && /^$|^module$|script$/.test(type)) {
    const kind = type === 'module' ? ` and ${MARK.type}="module"` : '';
    hint(`a script with ${MARK.service} has run without consent: it lacks type="text/plain"${kind}`, element);
  }
}

/** What may have been meant. */
function meant(word: string, words: readonly string[]): string {
  const near = nearest(word, words);
  return near ? `did you mean "${near}"?` : `there are ${words.map((word) => `"${word}"`).join(', ')}`;
}

/** How an element is marked up, by what has begun a request (Resource Timing, `initiatorType`). */
const MARKUP: Record<string, (slug: string, url: string) => string> = {
  script: (slug, url) => `<script type="text/plain" ${MARK.service}="${slug}" data-consent-src="${url}">`,
  iframe: (slug, url) => `<iframe ${MARK.service}="${slug}" data-consent-src="${url}">`,
  img: (slug, url) => `<img ${MARK.service}="${slug}" data-consent-src="${url}">`,
  link: (slug, url) => `<link ${MARK.service}="${slug}" data-consent-href="${url}">`,
};

/** Names a request to a declared host, unless one of the services that declare it is granted. */
export function checkRequest(
  { name, initiatorType }: PerformanceResourceTiming,
  services: readonly ServiceConfig[],
  grants: (slug: string) => boolean,
): void {
  const { hostname, origin, pathname } = new URL(name);
  if (hostname === location.hostname) return;
  const owners = ownersOf(hostname, services);
  const [owner] = owners;
  if (!owner || owners.some(({ slug }) => grants(slug))) return;
  const markup = MARKUP[initiatorType]?.(owner.slug, origin + pathname);
  const how = markup
    ? `mark it up as ${markup}`
    : `mark up what requests it (${initiatorType}) with type="text/plain" ${MARK.service}="${owner.slug}"`;
  hint(`${hostname} was requested without consent, though it belongs to "${owner.slug}": ${how}`);
}
