/**
 * The page's marked-up elements: kept shut by their markup, opened once when what they wait for is granted. Elements
 * that come later, from the parser, a framework or a tag manager, are met by an observer.
 *
 * Scripts run one after the other, in document order; work is done in slices, so that the page can answer between them.
 */
import { MARK } from '../names.ts';
import { report } from '../report.ts';
import { blockFrames, isOpen, openFrame, shutFrame } from './frame.ts';
import { openMedia } from './media.ts';
import { isWhole, runScript } from './script.ts';

/** What an element waits for: a service, or each service of a purpose. */
export type Waits = { readonly service: string } | { readonly purpose: string };

/** What the gate says of it. */
export interface Grants {
  /** Whether it is granted. */
  permits(waits: Waits): boolean;
  /** A frame was shut, or opened again. */
  frame(frame: HTMLIFrameElement, waits: Waits, open: boolean): void;
}

const MARKED = `:is([${MARK.service}],[${MARK.purpose}])`;

/** How long the page's thread is held at a time, in milliseconds. */
const SLICE = 8;

export class Opening {
  /** Marked elements that have not been opened, and frames, which may be closed again. */
  readonly #shut = new Set<Element>();
  readonly #scripts: HTMLScriptElement[] = [];
  readonly #blocked: { selector: string; service: string }[] = [];
  readonly #grants: Grants;
  #running = false;

  constructor(grants: Grants) {
    this.#grants = grants;
    this.#meet(document);
    const observer = new MutationObserver((records) => {
      for (const { target, type, addedNodes } of records) {
        if (type === 'attributes') this.#meet(target as Element);
        else for (const node of addedNodes) if (node instanceof Element) this.#meet(node);
      }
      this.update();
    });
    const attributeFilter = [MARK.service, MARK.purpose];
    observer.observe(document, { childList: true, subtree: true, attributes: true, attributeFilter });
    if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', () => this.update());
  }

  /** Has the frames that match a selector wait for a service, now and later. */
  block(selector: string, service: string): void {
    this.#blocked.push({ selector, service });
    blockFrames(selector, service);
  }

  /** Opens what has become permitted, and closes the frames that no longer are. */
  update(): void {
    for (const element of this.#shut) {
      const waits = waitsFor(element);
      if (!element.isConnected || !waits) this.#shut.delete(element);
      else this.#settle(element, waits, this.#grants.permits(waits));
    }
    void this.#run();
  }

  /** Opens one frame for this page only. */
  openOnce(frame: HTMLIFrameElement): void {
    this.#shut.delete(frame);
    openFrame(frame);
  }

  #meet(root: Document | Element): void {
    for (const { selector, service } of this.#blocked) blockFrames(selector, service);
    if (root instanceof Element && root.matches(MARKED)) this.#shut.add(root);
    for (const element of root.querySelectorAll(MARKED)) this.#shut.add(element);
  }

  #settle(element: Element, waits: Waits, permitted: boolean): void {
    if (element instanceof HTMLIFrameElement) {
      if (permitted === isOpen(element)) return;
      if (permitted) openFrame(element);
      else shutFrame(element);
      this.#grants.frame(element, waits, permitted);
    } else if (element instanceof HTMLScriptElement) {
      if (element.type !== 'text/plain') this.#shut.delete(element);
      else if (permitted && isWhole(element)) {
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
      if (this.#grants.permits(waits)) await runSafely(script);
      else this.#shut.add(script);
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
  try {
    await runScript(script);
  } catch (error) {
    report(
      `a script could not be opened (${(error as Error).message}); does the page's policy lack "trusted-types placet"?`,
    );
  }
}

/** Lets the page do what it has to do first. */
function breathe(): Promise<void> {
  // Not every browser has it.
  const { scheduler } = window as { scheduler?: { yield?(): Promise<void> } };
  return scheduler?.yield?.() ?? new Promise((done) => setTimeout(done));
}
