/**
 * What stands in the place of a shut frame: who it is, why it is shut, and two ways to open it. Loaded only by pages
 * that have such a frame.
 *
 * The frame keeps its box and is hidden; the placeholder lies over that box, and follows it when the page is laid out
 * anew. So nothing moves when the frame opens.
 */
import type { ServiceConfig, WidgetConfig } from '../gate/protocol.ts';
import css from './placeholder.css';
import hiding from './frame.css';

/** What the visitor may do about a shut frame. */
export interface Answers {
  /** Open this one, on this page. */
  once(): void;
  /** Allow its services for good. */
  always(): void;
}

export class Placeholders {
  readonly #shown = new Map<HTMLIFrameElement, Placeholder>();

  constructor() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(hiding);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }

  /** Puts a placeholder over a shut frame. */
  show(frame: HTMLIFrameElement, config: WidgetConfig, services: readonly ServiceConfig[], answers: Answers): void {
    if (this.#shown.has(frame)) return;
    const once = (): void => {
      this.remove(frame);
      answers.once();
      frame.focus();
    };
    this.#shown.set(frame, new Placeholder(frame, config, services, { ...answers, once }));
  }

  /** Takes the placeholder of an opened frame away. */
  remove(frame: HTMLIFrameElement): void {
    this.#shown.get(frame)?.remove();
    this.#shown.delete(frame);
  }
}

class Placeholder {
  readonly #host = document.createElement('div');
  readonly #box: CSSStyleDeclaration;
  readonly #observer: ResizeObserver;

  constructor(
    readonly frame: HTMLIFrameElement,
    config: WidgetConfig,
    services: readonly ServiceConfig[],
    answers: Answers,
  ) {
    const names = new Intl.ListFormat(config.lang).format(services.map(({ name }) => name));
    const fill = (text: string): string => text.replace('{name}', names);
    const { texts } = config;

    this.#host.setAttribute('data-placet-placeholder', services.map(({ slug }) => slug).join(' '));
    const root = this.#host.attachShadow({ mode: 'open' });
    const looks = new CSSStyleSheet();
    looks.replaceSync(css);
    const place = new CSSStyleSheet();
    place.replaceSync(':host {}');
    root.adoptedStyleSheets = [looks, place];
    this.#box = (place.cssRules[0] as CSSStyleRule).style;

    const group = make('section', 'placeholder');
    group.setAttribute('aria-label', frame.title || names);
    group.lang = config.lang;
    group.dir = config.rtl ? 'rtl' : 'ltr';
    const name = make('p', 'name', names);
    const why = make('p', 'why', fill(texts.frameText));
    const buttons = make('div', 'answers');
    buttons.append(
      button('frame-once', texts.frameOnce, answers.once),
      button('frame-always', fill(texts.frameAlways), answers.always),
    );
    group.append(name, why, buttons);
    root.append(group);

    frame.after(this.#host);
    this.#observer = new ResizeObserver(() => this.#follow());
    this.#observer.observe(frame);
    if (frame.parentElement) this.#observer.observe(frame.parentElement);
    this.#follow();
  }

  remove(): void {
    this.#observer.disconnect();
    this.#host.remove();
  }

  /** Lies over the frame's box, in the coordinates of the ancestor that both are positioned by. */
  #follow(): void {
    const frame = this.frame.getBoundingClientRect();
    const own = this.#host.getBoundingClientRect();
    const moved = (now: string, by: number): string => `${(parseFloat(now) || 0) + by}px`;
    this.#box.left = moved(this.#box.left, frame.left - own.left);
    this.#box.top = moved(this.#box.top, frame.top - own.top);
    this.#box.width = `${frame.width}px`;
    this.#box.height = `${frame.height}px`;
  }
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
