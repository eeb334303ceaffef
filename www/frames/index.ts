/**
 * What stands in the place of a shut frame: who it is, why it is shut, and two ways to open it. Loaded only by pages
 * that have such a frame.
 *
 * The frame keeps its box and is hidden; the placeholder lies over that box, and follows it when the page is laid out
 * anew. So nothing moves when the frame opens.
 */
import type { Choice } from '../gate/cookie.ts';
import { PURPOSES } from '../gate/names.ts';
import type { Waits } from '../gate/opening/opening.ts';
import type { ServiceConfig, WidgetConfig } from '../gate/protocol.ts';
import { report } from '../gate/report.ts';
import css from './placeholder.css';
import hiding from './frame.css';

/** What the visitor may do about a shut frame. */
export interface Answers {
  /** Open this one, on this page. */
  once(): void;
  /** Allow its services for good. */
  always(granted: Choice): void;
}

/** The placeholder's element in the page, with the services' short names. */
const HOOK = 'data-placet-placeholder';

/** A frame that is narrower or lower, in pixels, is not there to be seen, and nobody is asked in it. */
const LEAST = 24;

let placeholders: Placeholders | undefined;

/** A frame was shut, or one that was shut has been opened. */
export function settle(
  frame: HTMLIFrameElement,
  waits: Waits,
  open: boolean,
  config: WidgetConfig,
  answers: Answers,
): void {
  placeholders ??= new Placeholders();
  if (open) placeholders.remove(frame);
  else placeholders.show(frame, config, waits, answers);
}

class Placeholders {
  readonly #shown = new Map<HTMLIFrameElement, Placeholder>();
  #next = 0;

  constructor() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(hiding);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    // A placeholder goes with its frame when the page moves that, or removes it.
    new MutationObserver(() => {
      for (const [frame, placeholder] of this.#shown) {
        if (frame.isConnected) placeholder.stay();
        else this.remove(frame);
      }
      cancelAnimationFrame(this.#next);
      this.#next = requestAnimationFrame(() => this.#shown.forEach((placeholder) => placeholder.follow()));
    }).observe(document, { childList: true, subtree: true });
  }

  /** Puts a placeholder over a shut frame. */
  show(frame: HTMLIFrameElement, config: WidgetConfig, waits: Waits, answers: Answers): void {
    if (this.#shown.has(frame) || !frame.isConnected) return;
    const services = waitedFor(config, waits);
    if (services.length) this.#shown.set(frame, new Placeholder(frame, config, services, answers));
    else {
      const what = 'service' in waits ? `data-consent="${waits.service}"` : `data-consent-purpose="${waits.purpose}"`;
      report(`a frame waits for ${what}, which the widget does not have; it stays shut`);
    }
  }

  /** Takes the placeholder of an opened frame away. */
  remove(frame: HTMLIFrameElement): void {
    this.#shown.get(frame)?.remove();
    this.#shown.delete(frame);
  }
}

class Placeholder {
  readonly #frame: HTMLIFrameElement;
  readonly #host = document.createElement('div');
  readonly #root = this.#host.attachShadow({ mode: 'open' });
  readonly #box: CSSStyleDeclaration;
  readonly #observer = new ResizeObserver(() => this.follow());
  /** From where the page would lay it out to where the frame is. */
  #left = 0;
  #top = 0;

  constructor(
    frame: HTMLIFrameElement,
    config: WidgetConfig,
    services: readonly ServiceConfig[],
    { once, always }: Answers,
  ) {
    this.#frame = frame;
    const names = new Intl.ListFormat(config.lang).format(services.map(({ name }) => name));
    const fill = (text: string): string => text.replace('{name}', names);
    const { texts } = config;

    this.#host.setAttribute(HOOK, services.map(({ slug }) => slug).join(' '));
    const looks = new CSSStyleSheet();
    looks.replaceSync(css);
    const place = new CSSStyleSheet();
    place.replaceSync(':host {}');
    this.#root.adoptedStyleSheets = [looks, place];
    this.#box = (place.cssRules[0] as CSSStyleRule).style;

    const group = make('div', 'placeholder');
    group.setAttribute('role', 'group');
    group.setAttribute('aria-label', frame.title || names);
    group.lang = config.lang;
    group.dir = config.rtl ? 'rtl' : 'ltr';
    const buttons = make('div', 'answers');
    buttons.append(
      button('frame-once', texts.frameOnce, once),
      button('frame-always', fill(texts.frameAlways), () =>
        always(Object.fromEntries(services.map(({ slug }) => [slug, true]))),
      ),
    );
    group.append(make('p', 'name', names), make('p', 'why', fill(texts.frameText)), buttons);
    this.#root.append(group);
    this.stay();
  }

  /** Stands right behind its frame, wherever the page puts that. */
  stay(): void {
    const next = this.#frame.nextElementSibling;
    if (next === this.#host) return;
    // A copy that the page has made of itself, without what is in it.
    if (next?.hasAttribute(HOOK) && !next.shadowRoot) next.remove();
    this.#frame.after(this.#host);
    this.#observer.disconnect();
    this.#observer.observe(this.#frame);
    if (this.#frame.parentElement) this.#observer.observe(this.#frame.parentElement);
    this.follow();
  }

  remove(): void {
    const focused = !!this.#root.activeElement;
    this.#observer.disconnect();
    this.#host.remove();
    if (focused) this.#frame.focus();
  }

  /**
   * Lies over the frame's box. It is positioned by where the page would lay it out, right behind the frame, so it moves
   * with the text around both; only what is between the two is measured.
   */
  follow(): void {
    const frame = this.#frame.getBoundingClientRect();
    const isSeen = Math.min(frame.width, frame.height) >= LEAST;
    this.#set('display', isSeen ? 'block' : 'none');
    if (!isSeen) return;
    // Where it would lie may depend on its size.
    this.#set('width', `${frame.width}px`);
    this.#set('height', `${frame.height}px`);
    const own = this.#host.getBoundingClientRect();
    this.#left += frame.left - own.left;
    this.#top += frame.top - own.top;
    this.#set('translate', `${this.#left}px ${this.#top}px`);
  }

  /** The page's own rules for what is in its boxes are not meant for this. */
  #set(property: string, value: string): void {
    this.#box.setProperty(property, value, 'important');
  }
}

/** The services that a frame waits for. */
function waitedFor({ purposes }: WidgetConfig, waits: Waits): ServiceConfig[] {
  if ('service' in waits) {
    return purposes.flatMap(({ services }) => services).filter(({ slug }) => slug === waits.service);
  }
  return purposes.find(({ purpose }) => PURPOSES[purpose] === waits.purpose)?.services ?? [];
}

function make(tag: string, part: string, text = ''): HTMLElement {
  const element = document.createElement(tag);
  element.setAttribute('part', part);
  element.textContent = text;
  return element;
}

function button(hook: string, text: string, answer: () => void): HTMLElement {
  const element = make('button', 'button', text) as HTMLButtonElement;
  element.type = 'button';
  element.setAttribute('data-placet', hook);
  element.onclick = answer;
  return element;
}
