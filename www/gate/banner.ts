/**
 * What is seen without a core: the first layer, and the button that brings the settings back. The server sends their
 * nodes, the gate puts them into the page: elements made one by one, so no policy of the page (Trusted Types) has to
 * allow it.
 */
import type { FirstLayer, Node, Trigger } from './protocol.ts';
import { makeRoot } from './root.ts';

/** What a button asks for (`hook` in `view/src/lib.rs`). */
export type Answer = 'accept-all' | 'refuse-all' | 'continue' | 'settings' | 'trigger';

const HOOK = 'data-placet';

export class Banner {
  #root: ShadowRoot | undefined;
  #leave: (() => void) | undefined;
  readonly #styles: string[] = [];
  /** Whether the root has the style that the server sends with the first layer. */
  isDressed = false;
  readonly #heed: (answer: Answer) => void;
  readonly #near: () => void;

  /** Calls back with each answer, and when somebody comes near: points at the banner, or goes into it by key. */
  constructor(heed: (answer: Answer) => void, near: () => void) {
    this.#heed = heed;
    this.#near = near;
  }

  /** The shadow root that all of Placet is drawn in, made when it is first needed. */
  get root(): ShadowRoot {
    if (this.#root) return this.#root;
    const { root, leave } = makeRoot();
    this.#root = root;
    this.#leave = leave;
    root.addEventListener('click', ({ target }) => {
      const hook = (target as Element).closest(`[${HOOK}=banner] [${HOOK}],[${HOOK}=trigger]`)?.getAttribute(HOOK);
      if (hook) this.#heed(hook as Answer);
    });
    for (const event of ['pointerover', 'focusin']) root.addEventListener(event, this.#near, { once: true });
    return root;
  }

  /** Whether there is a banner. */
  get isThere(): boolean {
    return !!this.#find('banner');
  }

  /** Adds a style sheet to the root, once. Made by script, it needs no leave of the page's policy. */
  adopt(css: string): void {
    if (!css || this.#styles.includes(css)) return;
    this.#styles.push(css);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    this.root.adoptedStyleSheets.push(sheet);
  }

  /** Draws the server's nodes, with the sentence on a signal of the browser if it sends one; unless they are there. */
  draw({ nodes, style }: FirstLayer, signalled: boolean): void {
    if (this.isThere) return;
    this.adopt(style);
    this.isDressed = true;
    append(this.root, nodes, signalled);
  }

  /** Shows the way back, or takes it away. */
  offer(trigger?: Trigger): void {
    this.#find('trigger')?.remove();
    if (!trigger || this.isThere) return;
    this.adopt(trigger.style);
    append(this.root, trigger.nodes, false);
  }

  /** Shows that an answer was heard, as long as nothing can be done about it yet. */
  wait(waits: boolean): void {
    this.#find('banner')?.setAttribute('aria-busy', `${waits}`);
  }

  /** Takes the banner away; says whether it was there. */
  hide(): boolean {
    const banner = this.#find('banner');
    banner?.remove();
    return !!banner;
  }

  /** Takes all of Placet out of the page. */
  leave(): void {
    this.#leave?.();
    this.#root = undefined;
    this.#styles.length = 0;
    this.isDressed = false;
  }

  #find(hook: string): Element | null | undefined {
    return this.#root?.querySelector(`[${HOOK}=${hook}]`);
  }
}

function append(parent: ParentNode, [tag, attributes, ...children]: Node, signalled: boolean): void {
  // What comes from the browser's storage may be of anybody's making.
  if ((attributes.part === 'signal' && !signalled) || !/^(a|button|div|h2|p|section|span)$/.test(tag)) return;
  const element = document.createElement(tag);
  for (const name in attributes) if (!/^on/i.test(name)) element.setAttribute(name, attributes[name] as string);
  for (const child of children) {
    if (typeof child === 'string') element.append(child);
    else append(element, child, signalled);
  }
  parent.append(element);
}
