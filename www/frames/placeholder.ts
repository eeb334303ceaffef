/** The placeholder of one frame. */
import type { ServiceConfig, WidgetConfig } from '../gate/protocol.ts';
import type { Answers } from './index.ts';
import css from './placeholder.css';

/** The placeholder's element in the page, with the services' short names. */
const HOOK = 'data-placet-placeholder';

/** One for each document. */
const looks = new WeakMap<Document, CSSStyleSheet>();

export class Placeholder {
  readonly frame: HTMLIFrameElement;
  readonly host: HTMLElement;
  readonly #root: ShadowRoot;
  readonly #set = new Map<string, string>();

  constructor(
    frame: HTMLIFrameElement,
    config: WidgetConfig,
    services: readonly ServiceConfig[],
    { once, always }: Answers,
  ) {
    this.frame = frame;
    const make = (tag: string, part: string, text = ''): HTMLElement => {
      const element = frame.ownerDocument.createElement(tag);
      element.setAttribute('part', part);
      element.textContent = text;
      return element;
    };
    const button = (hook: string, text: string, answer: () => void): HTMLElement => {
      const element = make('button', 'button', text) as HTMLButtonElement;
      element.type = 'button';
      element.setAttribute('data-placet', hook);
      element.onclick = answer;
      return element;
    };
    const names = new Intl.ListFormat(config.lang).format(services.map(({ name }) => name));
    const fill = (text: string): string => text.replace('{name}', names);
    const { texts } = config;

    this.host = frame.ownerDocument.createElement('div');
    this.host.setAttribute(HOOK, services.map(({ slug }) => slug).join(' '));
    this.#root = this.host.attachShadow({ mode: 'open' });
    this.#root.adoptedStyleSheets = [looksOf(frame.ownerDocument)];

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
  }

  /** Stands right behind its frame, wherever the page puts that; answers whether it had to move. */
  follow(): boolean {
    const next = this.frame.nextElementSibling;
    if (next === this.host) return false;
    // A copy that the page has made of itself, without what is in it.
    if (next?.hasAttribute(HOOK) && !next.shadowRoot) next.remove();
    this.frame.after(this.host);
    return true;
  }

  /**
   * Sets one of the custom properties that its style sheet places it by: they need no leave of the page's policy, no rule
   * of the page is stronger, and WebKit follows them (bug 269717: not a rule of `:host` that changes).
   */
  place(name: 'display' | 'width' | 'height' | 'left' | 'top', value: string): void {
    if (this.#set.get(name) === value) return;
    this.#set.set(name, value);
    this.host.style.setProperty(`--placet-frame-${name}`, value);
  }

  remove(): void {
    const focused = !!this.#root.activeElement;
    this.host.remove();
    if (focused) this.frame.focus();
  }
}

function looksOf(page: Document): CSSStyleSheet {
  const known = looks.get(page);
  if (known) return known;
  const sheet = new (page.defaultView as typeof window & { CSSStyleSheet: typeof CSSStyleSheet }).CSSStyleSheet();
  sheet.replaceSync(css);
  looks.set(page, sheet);
  return sheet;
}
