/**
 * The document and the window as markup cannot change them. `<img name="currentScript">` is `document.currentScript` for
 * the page's code, `<a id="dataLayer">` is `window.dataLayer`, and a form's fields hide its own members (HTML, 3.1.6
 * "DOM tree accessors", 7.2.2.3 "Named access on the Window object"; Web IDL, 3.9 "Legacy platform objects").
 * Nothing else in Placet reads `document.…` or `window.…`: `npm run lint` says where something does.
 */

/** The page's document, its members read from their prototype. What takes a node is to be given `document` itself. */
export const doc = new Proxy({} as Document, {
  get(_, name) {
    const member = Reflect.get(Document.prototype, name, document);
    return typeof member === 'function' ? (...args: unknown[]) => Reflect.apply(member, document, args) : member;
  },
  set: (_, name, value) => Reflect.set(Document.prototype, name, value, document),
});

/** A global of the page, or one that not every browser has; undefined where there is none, whatever an element is named. */
export const own = <K extends string>(name: K): (K extends keyof Window ? Window[K] : unknown) | undefined =>
  Object.hasOwn(window, name) ? (window as any)[name] : undefined;

/** Sets a global of the page. */
export const setOwn = <T>(name: string, value: T): T => ((window as any)[name] = value);

/** A global of the page, set to a first value where there is none. */
export const ownOr = (name: string, first: unknown): unknown => own(name) ?? setOwn(name, first);

/** Makes an HTML element, also of a document that is XML. */
export const make = <K extends keyof HTMLElementTagNameMap>(tag: K, of = document): HTMLElementTagNameMap[K] =>
  Document.prototype.createElementNS.call(of, 'http://www.w3.org/1999/xhtml', tag) as HTMLElementTagNameMap[K];

/** What kind of node it is, in whichever document: 1 is an element, 9 a document, 11 a shadow root. */
export const kind = (node: Node): number => Reflect.get(Node.prototype, 'nodeType', node);

/** A node's parent, also that of a form with a field named `parentNode`. */
export const parentOf = (node: Node): Node | null => Reflect.get(Node.prototype, 'parentNode', node);

/** Whether a node is an element that a selector matches. */
export const matches = (node: Node, selector: string): node is Element =>
  kind(node) === 1 && Element.prototype.matches.call(node, selector);

/** The elements in a node that a selector matches. */
export const inside = (node: Node, selector: string): Iterable<Element> =>
  ({ 1: Element, 9: Document, 11: DocumentFragment })[kind(node)]?.prototype.querySelectorAll.call(node, selector) ??
  [];

/** The elements that a selector matches, in a node or the node itself. */
export const within = (node: Node, selector: string): Element[] => [
  ...(matches(node, selector) ? [node] : []),
  ...inside(node, selector),
];
