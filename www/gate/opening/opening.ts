/**
 * The page's marked-up elements: kept shut by their markup, opened once when what they wait for is granted. Elements
 * that come later, from the parser, a framework or a tag manager, are met by an observer.
 *
 * Scripts run one after the other, in document order; work is done in slices, so that the page can answer between them.
 */
import { breathe } from '../moments.ts';
import { KEEPING, MARK } from '../names.ts';
import { report } from '../report.ts';
import { markFrames, openFrame, shutFrame } from './frame.ts';
import { openMedia } from './media.ts';
import { hasPageNonce, isDue, runScript } from './script.ts';

/** What an element waits for: a service, or each service of a purpose. */
export type Waits = { readonly service: string } | { readonly purpose: string };

/** What the gate says of it. */
export interface Grants {
  /** Whether it is granted. */
  permits(waits: Waits): boolean;
  /** A frame was shut, or one that was shut has been opened. */
  frame(frame: HTMLIFrameElement, waits: Waits, open: boolean): void;
}

const MARKED = `:is([${MARK.service}],[${MARK.purpose}])`;

/** How long the page's thread is held at a time, in milliseconds. */
const SLICE = 8;

export class Opening {
  /** Marked elements that have not been opened, and frames, which may be closed again. */
  readonly #shut = new Set<Element>();
  readonly #scripts: HTMLScriptElement[] = [];
  /** Scripts that have run: a page may put them back. */
  readonly #ran = new WeakSet<Element>();
  readonly #blocked: { selector: string; service: string }[] = [];
  /** The frames that were met, and whether they are open. */
  #frames = new WeakMap<Element, boolean>();
  /** Frames that the visitor has opened for this page only. */
  readonly #once = new WeakSet<Element>();
  /** None as long as the visitor's state is unknown: everything stays shut. */
  #grants: Grants | undefined;
  #running = false;

  constructor() {
    this.#meet(document);
    const observer = new MutationObserver((records) => {
      this.#block();
      for (const { target, addedNodes } of records) {
        // Its attributes may have changed.
        this.#add(target);
        for (const node of addedNodes) if (node instanceof Element) this.#meet(node);
      }
      this.update();
    });
    const attributeFilter = [MARK.service, MARK.purpose, 'src', ...KEEPING];
    observer.observe(document, { childList: true, subtree: true, attributes: true, attributeFilter });
    if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', () => this.update());
  }

  /** The visitor's state is known: from the next update on it decides. */
  obey(grants: Grants): void {
    this.#grants = grants;
    this.#frames = new WeakMap();
  }

  /** Has the frames that match a selector wait for a service, now and later. */
  block(selector: string, service: string): void {
    this.#blocked.push({ selector, service });
    this.#block();
  }

  /** Opens what has become permitted, and closes the frames that no longer are. */
  update(): void {
    for (const element of this.#shut) {
      const waits = waitsFor(element);
      if (element.isConnected && waits) {
        this.#settle(element, waits, this.#permits(waits));
      } else {
        this.#shut.delete(element);
        this.#frames.delete(element);
      }
    }
    void this.#run();
  }

  /** Opens one frame for this page only. */
  openOnce(frame: HTMLIFrameElement): void {
    this.#once.add(frame);
    this.update();
  }

  #meet(root: Document | Element): void {
    this.#add(root);
    for (const element of root.querySelectorAll(MARKED)) this.#shut.add(element);
  }

  #add(node: Node): void {
    if (node instanceof Element && node.matches(MARKED)) this.#shut.add(node);
  }

  #block(): void {
    for (const { selector, service } of this.#blocked) markFrames(selector, service);
  }

  #permits(waits: Waits): boolean {
    return !!this.#grants?.permits(waits);
  }

  #settle(element: Element, waits: Waits, permitted: boolean): void {
    if (element instanceof HTMLIFrameElement) {
      if (permitted) this.#once.delete(element);
      const open = permitted || this.#once.has(element);
      if (open) openFrame(element);
      else shutFrame(element);
      const before = this.#frames.get(element);
      this.#frames.set(element, open);
      if (open ? before === false : before !== false) this.#grants?.frame(element, waits, open);
    } else if (element instanceof HTMLScriptElement) {
      if (element.type !== 'text/plain' || this.#ran.has(element)) this.#shut.delete(element);
      else if (permitted && isDue(element)) {
        this.#shut.delete(element);
        this.#scripts.push(element);
      }
    } else if (permitted) {
      this.#shut.delete(element);
      openMedia(element);
    }
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    let since = performance.now();
    for (let script; (script = this.#scripts.shift());) {
      if (performance.now() - since > SLICE) {
        await breathe();
        since = performance.now();
      }
      const waits = waitsFor(script);
      if (!waits || !script.isConnected) continue;
      if (!this.#permits(waits)) this.#shut.add(script);
      else if (!this.#ran.has(script)) {
        this.#ran.add(script);
        await runSafely(script);
      }
    }
    this.#running = false;
  }
}

/** What an element waits for; the service's mark goes before the purpose's. */
function waitsFor(element: Element): Waits | undefined {
  const service = element.getAttribute(MARK.service);
  if (service !== null) return { service };
  const purpose = element.getAttribute(MARK.purpose);
  return purpose === null ? undefined : { purpose };
}

async function runSafely(script: HTMLScriptElement): Promise<void> {
  if (!hasPageNonce(script)) {
    return report("a marked-up script was not opened: give it the snippet's nonce");
  }
  try {
    await runScript(script);
  } catch (error) {
    report(`a script was not opened: ${(error as Error).message}; does the page's policy lack "trusted-types placet"?`);
  }
}
