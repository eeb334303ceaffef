/**
 * What stands in the place of a blocked frame: who it is, why it is blocked, and two ways to open it. Loaded only by
 * pages that have such a frame.
 *
 * The frame keeps its box and is hidden; the placeholder lies over that box. So nothing moves when the frame opens.
 */
import type { Choice } from '../gate/cookie.ts';
import { yieldToMain } from '../gate/moments.ts';
import { PURPOSES } from '../gate/names.ts';
import type { Waits } from '../gate/blocking/blocking.ts';
import type { ServiceConfig, WidgetConfig } from '../gate/protocol.ts';
import { report } from '../gate/report.ts';
import { hydrated } from '../gate/blocking/hydration.ts';
import { Placeholder } from './placeholder.ts';
import { Placing } from './placing.ts';
import hiding from './frame.css';

/** What the visitor may do about a blocked frame. */
export interface Answers {
  /** Open this one, on this page. */
  once(): void;
  /** Allow its services for good. */
  always(granted: Choice): void;
}

/** How long the page's thread is held at a time, in milliseconds. */
const SLICE = 8;

let placeholders: Placeholders | undefined;

/** A frame was blocked, or one that was blocked has been opened. */
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
  /** What makes the placeholders that are still to come. */
  readonly #coming = new Map<HTMLIFrameElement, () => Placeholder>();
  readonly #placing = new Placing();
  /** The documents and shadow roots that hide their blocked frames. */
  readonly #roots = new WeakSet<Node>();
  #isMaking = false;
  // A placeholder goes with its frame when the page moves that, or removes it.
  readonly #observer = new MutationObserver(() => {
    for (const [frame, placeholder] of this.#shown) {
      if (!frame.isConnected) this.remove(frame);
      else if (placeholder.follow()) this.#placing.watch(placeholder);
    }
    this.#placing.later();
  });

  /** Puts a placeholder over a blocked frame. */
  show(frame: HTMLIFrameElement, config: WidgetConfig, waits: Waits, answers: Answers): void {
    if (this.#shown.has(frame) || !frame.isConnected) return;
    this.#hideIn(frame.getRootNode() as Document | ShadowRoot);
    const services = waitedFor(config, waits);
    if (services.length) {
      this.#coming.set(frame, () => new Placeholder(frame, config, services, answers));
      void this.#make();
    } else {
      const what = 'service' in waits ? `data-consent="${waits.service}"` : `data-consent-purpose="${waits.purpose}"`;
      report(`a frame waits for ${what}, which the widget does not have; it stays shut`);
    }
  }

  /** Takes the placeholder of an opened frame away. */
  remove(frame: HTMLIFrameElement): void {
    this.#coming.delete(frame);
    const placeholder = this.#shown.get(frame);
    if (!placeholder) return;
    this.#shown.delete(frame);
    this.#placing.forget(placeholder);
    placeholder.remove();
  }

  /** Makes the placeholders that are to come, in slices: a page may have hundreds. */
  async #make(): Promise<void> {
    if (this.#isMaking) return;
    this.#isMaking = true;
    await hydrated();
    let since = performance.now();
    for (const [frame, make] of this.#coming) {
      this.#coming.delete(frame);
      if (!frame.isConnected) continue;
      const placeholder = make();
      this.#shown.set(frame, placeholder);
      placeholder.follow();
      this.#placing.watch(placeholder);
      if (performance.now() - since < SLICE) continue;
      await yieldToMain();
      since = performance.now();
    }
    this.#isMaking = false;
  }

  /** Has blocked frames be hidden, in the tree that they are in. */
  #hideIn(root: Document | ShadowRoot): void {
    if (this.#roots.has(root)) return;
    this.#roots.add(root);
    const { defaultView } = root.ownerDocument ?? (root as Document);
    const sheet = new (defaultView as typeof window & { CSSStyleSheet: typeof CSSStyleSheet }).CSSStyleSheet();
    sheet.replaceSync(hiding);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    this.#observer.observe(root, { childList: true, subtree: true });
  }
}

/** The services that a frame waits for. */
function waitedFor({ purposes }: WidgetConfig, waits: Waits): ServiceConfig[] {
  if ('service' in waits) {
    return purposes.flatMap(({ services }) => services).filter(({ slug }) => slug === waits.service);
  }
  return purposes.find(({ purpose }) => PURPOSES[purpose] === waits.purpose)?.services ?? [];
}
