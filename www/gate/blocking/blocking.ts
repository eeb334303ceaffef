/**
 * The page's marked-up elements: blocked by their markup until what they wait for is granted. Elements that come later,
 * from the parser, a framework or a tag manager, are met by an observer, in open shadow roots too. Scripts are run here;
 * what unblocks the others is loaded when the first is to be (`www/unblocking/`).
 */
import { doc, inside, matches } from '../dom.ts';
import { whenIdle } from '../moments.ts';
import { ADDRESSES, HELD, LOADS, MARK, MARKS } from '../names.ts';
import { loadUnblocking } from '../parts.ts';
import { report } from '../report.ts';
import { holdAddresses } from './address.ts';
import { documents, shutFrame } from './frame.ts';
import { Scripts } from './scripts.ts';

/** What an element waits for: a service, or each service of a purpose. */
export type Waits = { readonly service: string } | { readonly purpose: string };

/** What the gate says of it. */
export interface Grants {
  /** Whether it is granted. */
  permits(waits: Waits): boolean;
  /** A frame was blocked, or one that was blocked has been opened. */
  frame?(frame: HTMLIFrameElement, waits: Waits, open: boolean): void;
}

const MARKED = `script${MARKS},${LOADS}`;

export class Blocking {
  readonly #server: string;
  /** Marked elements that have not been unblocked, and frames, which may be blocked again. */
  readonly #met = new Set<Element>();
  /** The frames that were met, and whether they are open. */
  #frames = new WeakMap<Element, boolean>();
  /** Frames that the visitor has opened for this page only. */
  readonly #once = new WeakSet<Element>();
  /** None as long as the visitor's state is unknown: everything stays blocked. */
  #grants: Grants | undefined;
  readonly #scripts: Scripts;
  /** What unblocks elements that are no scripts, once it is loaded. */
  #unblocking: typeof import('../../unblocking/index.ts') | undefined;
  #isLoading = false;
  readonly #observer = new MutationObserver((records) => this.#observe(records));

  constructor(server: string) {
    this.#server = server;
    this.#scripts = new Scripts(server, (script) => this.isOpen(script));
    const scan = (root: Node): void => this.scan(root);
    const { attachShadow } = Element.prototype;
    // The one way to hear of a shadow root that comes after its host.
    Element.prototype.attachShadow = function (init) {
      const root = attachShadow.call(this, init);
      if (this.shadowRoot) scan(root);
      return root;
    };
    scan(document);
    whenIdle(() => this.#follow(document));
    if (doc.readyState === 'loading') doc.addEventListener('DOMContentLoaded', () => this.update());
  }

  /** Meets what is in a document or a shadow root, now and later. */
  scan(root: Node): void {
    const attributeFilter = [MARK.service, MARK.purpose, 'srcdoc'];
    for (const name of ADDRESSES) attributeFilter.push(name, `data-${name}`, HELD + name);
    this.#observer.observe(root, { childList: true, subtree: true, attributes: true, attributeFilter });
    this.update(this.#meet(root));
  }

  /** The visitor's state is known: from the next update on it decides. */
  obey(grants: Grants): void {
    this.#grants = grants;
    this.#frames = new WeakMap();
  }

  /** Opens what has become permitted, and closes the frames that no longer are. */
  update(elements: Iterable<Element> = this.#met): void {
    for (const element of elements) {
      const waits = waitsFor(element);
      if (element.isConnected && waits) {
        this.#settle(element, waits);
      } else {
        this.#met.delete(element);
        this.#frames.delete(element);
      }
    }
  }

  /** Opens one frame for this page only. */
  openOnce(frame: HTMLIFrameElement): void {
    this.#once.add(frame);
    this.update();
  }

  #observe(records: MutationRecord[]): void {
    const touched = new Set<Element>();
    let isRemoved = false;
    for (const { target, addedNodes, removedNodes } of records) {
      // Its attributes may have changed.
      if (this.#note(target)) touched.add(target as Element);
      for (const node of addedNodes) {
        for (const element of this.#meet(node)) touched.add(element);
        if (doc.readyState === 'complete') this.#follow(node);
      }
      isRemoved ||= removedNodes.length > 0;
    }
    if (isRemoved) for (const element of this.#met) if (!element.isConnected) touched.add(element);
    // A script waits until the parser is past it.
    if (doc.readyState === 'loading') {
      for (const element of this.#met) if (element.localName === 'script') touched.add(element);
    }
    this.update(touched);
  }

  /** Notes the marked elements in a node; returns them. */
  #meet(node: Node): Element[] {
    return [node as Element, ...inside(node, MARKED)].filter((element) => this.#note(element));
  }

  /** Notes a marked element of HTML; answers whether it is one. */
  #note(node: Node): boolean {
    const element = node as Element;
    if (!matches(node, MARKED) || !/xhtml$/.test(element.namespaceURI!)) return false;
    if (!this.#met.has(element)) this.#scripts.meet(element);
    this.#met.add(element);
    return true;
  }

  /** Scans the open shadow roots in a node. */
  #follow(node: Node): void {
    for (const { shadowRoot } of [node as Element, ...inside(node, '*')]) {
      if (!shadowRoot) continue;
      this.scan(shadowRoot);
      this.#follow(shadowRoot);
    }
  }

  /** Whether an element is unblocked: granted, or opened for this page only. */
  isOpen(element: Element): boolean {
    const waits = waitsFor(element);
    const isGranted = !!waits && !!this.#grants?.permits(waits);
    // Taken back, it is blocked again, though it was opened for this page before.
    if (isGranted) this.#once.delete(element);
    return isGranted || this.#once.has(element);
  }

  #settle(element: Element, waits: Waits): void {
    const { localName } = element;
    const open = this.isOpen(element);
    if (open) {
      if (!this.#unblock(element)) return;
    } else if (localName === 'iframe') shutFrame(element);
    else if (localName !== 'script') holdAddresses(element);
    if (localName !== 'iframe') return;
    const before = this.#frames.get(element);
    this.#frames.set(element, open);
    if (open ? before === false : before !== false) this.#grants?.frame?.(element as HTMLIFrameElement, waits, open);
  }

  /** Unblocks an element; answers whether what does it is there. */
  #unblock(element: Element): boolean {
    const isScript = element.localName === 'script';
    const part = this.#unblocking;
    if (!isScript && !part) this.#load();
    else if (isScript ? this.#scripts.unblock(element as HTMLScriptElement) : part!.unblock(element, documents)) {
      this.#met.delete(element);
    }
    return isScript || !!part;
  }

  /** Loads what the marked elements will need when they are granted, so that it need not be waited for. */
  prepare(): void {
    for (const { localName } of this.#met) if (localName !== 'script') this.#load();
  }

  /** Loads what unblocks elements that are no scripts; if it cannot be had, they stay blocked. */
  #load(): void {
    if (this.#isLoading) return;
    this.#isLoading = true;
    loadUnblocking(this.#server).then(
      (part) => {
        this.#unblocking = part;
        this.update();
      },
      ({ message }: Error) => report(message),
    );
  }

  /** Blocks an element of a copy of the page. */
  hold(element: Element): void {
    holdAddresses(element);
  }
}

/** What an element waits for; the service's mark goes before the purpose's. */
function waitsFor(element: Element): Waits | undefined {
  const service = element.getAttribute(MARK.service);
  if (service !== null) return { service };
  const purpose = element.getAttribute(MARK.purpose);
  return purpose === null ? undefined : { purpose };
}
