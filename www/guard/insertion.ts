/**
 * Sees every node that code puts into a page before it is there: by the methods of the DOM, and by markup, which is read
 * in a document that loads nothing first. Scripts in markup stay what they were: those of `innerHTML` never run.
 */
import { make, parentOf } from '../gate/dom.ts';

/** What is done about it. */
export interface Insertion {
  /** What markup contains if it has to be looked at. */
  readonly text: RegExp;
  /** Changes what is in a node before it comes into `parent`: null if that is not known yet. */
  prepare(node: Node, parent: Node | null): void;
}

export type Method = (this: any, ...values: any[]) => unknown;

/** Replaces a method by one that is given the original; nothing where the browser has none. */
export function wrap(prototype: object, name: string, make: (original: Method) => Method): void {
  const original = (prototype as Record<string, Method>)[name];
  if (original) (prototype as Record<string, Method>)[name] = make(original);
}

/** Replaces the setter of a property. */
export function wrapSetter(prototype: object, name: string, make: (original: Method) => Method): void {
  const property = Object.getOwnPropertyDescriptor(prototype, name);
  if (property?.set) Object.defineProperty(prototype, name, { ...property, set: make(property.set) });
}

/** What is in these is text. */
const RAW = /^(script|style|textarea|title|xmp|iframe|noembed|noframes|noscript|plaintext)$/;

/** Begins to look at what is inserted; returns a way to do something that is not looked at. */
export function beforeInsertion({ text, prepare }: Insertion): <T>(act: () => T) => T {
  let isLooking = false;
  const look = (value: unknown, parent: Node | null): void => {
    if (isLooking || !(value instanceof Node) || value.nodeType === Node.TEXT_NODE) return;
    quietly(() => prepare(value, parent));
  };
  /** What is done about it uses the same methods. */
  const quietly = <T>(act: () => T): T => {
    isLooking = true;
    try {
      return act();
    } finally {
      isLooking = false;
    }
  };
  /** Looks at some of the values, which come into the parent. */
  const nodes = (
    prototypes: object[],
    names: string[],
    parentOf: (self: any, values: any[]) => Node | null,
    which: (values: any[]) => unknown[] = (values) => values,
  ): void => {
    for (const prototype of prototypes) {
      for (const name of names) {
        wrap(prototype, name, (original) => {
          return function (...values) {
            for (const value of which(values)) look(value, parentOf(this, values));
            return original.apply(this, values);
          };
        });
      }
    }
  };
  const parents = [Element.prototype, Document.prototype, DocumentFragment.prototype];
  const children = [Element.prototype, CharacterData.prototype, DocumentType.prototype];
  const self = (node: Node): Node => node;
  const first = (values: unknown[]): unknown[] => values.slice(0, 1);
  nodes([Node.prototype], ['appendChild', 'insertBefore', 'replaceChild'], self, first);
  nodes(parents, ['append', 'prepend', 'replaceChildren'], self);
  nodes(parents, ['moveBefore'], self, first);
  nodes(children, ['before', 'after', 'replaceWith'], parentOf);
  nodes([Range.prototype], ['insertNode'], (range: Range) => range.startContainer, first);
  nodes([Document.prototype], ['adoptNode'], () => null, first);
  nodes([Element.prototype], ['insertAdjacentElement'], adjacent, (values) => values.slice(1));
  wrap(Document.prototype, 'importNode', (original) => {
    return function (node: Node, options) {
      if (Reflect.get(Node.prototype, 'ownerDocument', node) === this) return original.call(this, node, options);
      // A copy in the document that it comes from, where nothing loads.
      const copy = Node.prototype.cloneNode.call(node, options === true);
      look(copy, null);
      return original.call(this, copy, options);
    };
  });

  const { innerHTML } = Object.getOwnPropertyDescriptors(Element.prototype);
  /** What markup becomes; undefined if nothing in it was changed. */
  const read = (markup: unknown, parent: Node | null): HTMLTemplateElement | undefined => {
    if (isLooking || !text.test(`${markup}`)) return;
    const template = make('template');
    innerHTML!.set!.call(template, markup as string);
    const before = template.innerHTML;
    look(template.content, parent);
    return template.innerHTML === before ? undefined : template;
  };
  const isText = (element: Element): boolean => RAW.test(element.localName) || element.localName === 'template';
  for (const prototype of [Element.prototype, ShadowRoot.prototype]) {
    const inner = (original: Method): Method =>
      function (markup, ...more) {
        const template = isText(this) ? undefined : read(markup, this);
        if (template) prototype.replaceChildren.call(this, template.content);
        else original.call(this, markup, ...more);
      };
    wrapSetter(prototype, 'innerHTML', inner);
    wrap(prototype, 'setHTMLUnsafe', inner);
  }
  wrapSetter(Element.prototype, 'outerHTML', (original) => {
    return function (markup) {
      const parent = parentOf(this);
      const template = parent ? read(markup, parent) : undefined;
      if (template) Element.prototype.replaceWith.call(this, template.content);
      else original.call(this, markup);
    };
  });
  wrap(Element.prototype, 'insertAdjacentHTML', (original) => {
    return function (where: string, markup) {
      const method = METHODS[`${where}`.toLowerCase()];
      const template = method && read(markup, adjacent(this, [where]));
      if (template) Element.prototype[method].call(this, template.content);
      else original.call(this, where, markup);
    };
  });
  wrap(Range.prototype, 'createContextualFragment', (original) => {
    return function (markup) {
      // Its scripts run once they are in the page: what was changed is read again.
      return original.call(this, read(markup, null)?.innerHTML ?? markup);
    };
  });
  return quietly;
}

const METHODS: Record<string, 'before' | 'prepend' | 'append' | 'after'> = {
  beforebegin: 'before',
  afterbegin: 'prepend',
  beforeend: 'append',
  afterend: 'after',
};

function adjacent(element: Element, [where]: unknown[]): Node | null {
  return /^(beforebegin|afterend)$/i.test(`${where}`) ? parentOf(element) : element;
}
