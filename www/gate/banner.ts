/**
 * What is seen without a core: the first layer, and the trigger. The server sends their
 * nodes, the gate puts them into the page: elements made one by one, so no policy of the page (Trusted Types) has to
 * allow it.
 */
import { append } from './nodes.ts';
import type { FirstLayer, Trigger } from './protocol.ts';
import { makeRoot } from './root.ts';

/** What a button asks for (`hook` in `view/src/lib.rs`). */
export type Answer = 'accept-all' | 'refuse-all' | 'continue' | 'settings' | 'trigger';

const HOOK = 'data-placet';

export class Banner {
  /** The shadow root that all of Placet is drawn in. */
  readonly root: ShadowRoot;
  readonly #styles: string[] = [];
  /** Whether the root has the style that the server sends with the first layer. */
  isDressed = false;

  /** Calls back with each answer, and when somebody comes near: points at the banner, or goes into it by key. */
  constructor(onAnswer: (answer: Answer) => void, near: () => void) {
    const click = ({ target }: Event): void => {
      const hook = (target as Element).closest(`[${HOOK}=banner] [${HOOK}],[${HOOK}=trigger]`)?.getAttribute(HOOK);
      if (hook) onAnswer(hook as Answer);
    };
    this.root = makeRoot((root) => {
      root.addEventListener('click', click);
      for (const event of ['pointerover', 'focusin', 'keydown', 'touchstart', 'touchend', 'wheel']) {
        root.addEventListener(event, near, { once: true });
        root.addEventListener(event, stop, { passive: true });
      }
    });
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

  /** Shows the trigger, or removes it. */
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

  #find(hook: string): Element | null {
    return this.root.querySelector(`[${HOOK}=${hook}]`);
  }
}

/**
 * The page's own listeners would take what happens in the root for what happens to a `div`: shortcuts swallow keys,
 * carousels touches, smooth scrolling the wheel, and another dialog pulls the focus back.
 */
const stop = (event: Event): void => event.stopPropagation();
