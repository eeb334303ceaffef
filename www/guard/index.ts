/**
 * Blocks what code puts into the page before it is there. Loaded where the page asks for it (`iframeBlock`), and once
 * something was withdrawn: what a page has kept of itself may bring back what was granted then.
 */
import { doc, kind, parentOf, within } from '../gate/dom.ts';
import type { FrameRule } from '../session/guard.ts';
import { holdAddresses } from '../gate/blocking/address.ts';
import { HELD, LOADS, MARK, MARKS } from '../gate/names.ts';
import { beforeInsertion, type Method, wrap, wrapSetter } from './insertion.ts';

/**
 * Begins; `isOpen` says whether what a marked element waits for is granted. Returns what marks the frames in the page
 * that match the rules, which may have become more.
 */
export function guardPage(rules: readonly FrameRule[], isOpen: (element: Element) => boolean): () => void {
  const quietly = beforeInsertion({
    text: /<(iframe|img|link|video|audio|source|track|object|embed)/i,
    prepare(node, parent) {
      for (const frame of within(node, 'iframe')) markFrame(frame, node, parent, rules);
      for (const element of within(node, LOADS)) if (!isOpen(element)) holdAddresses(element);
    },
  });
  // A frame that is in the page already is requested when it is given an address.
  const set = (original: Method, name: (values: string[]) => string): Method =>
    function (this: Element, ...values: string[]) {
      const isFrame = this.localName === 'iframe' && this.isConnected;
      const rule = isFrame && quietly(() => ruleFor(this, name(values), values.at(-1)!, rules));
      if (rule) {
        this.setAttribute(MARK.service, rule.service);
        this.setAttribute(HELD + name(values), `${values.at(-1)}`);
      } else {
        original.apply(this, values);
      }
    };
  // What is there already, and what the parser adds, is marked; the gate stops it.
  const mark = (): void => {
    for (const { selector, service } of rules) {
      for (const frame of doc.querySelectorAll(`iframe:is(${selector})`)) {
        if (!isMarked(frame)) frame.setAttribute(MARK.service, service);
      }
    }
  };
  const observer = new MutationObserver(mark);
  observer.observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['src', 'srcdoc'] });
  wrapSetter(HTMLIFrameElement.prototype, 'src', (original) => set(original, () => 'src'));
  wrap(Element.prototype, 'setAttribute', (original) => set(original, ([name]) => `${name}`.toLowerCase()));
  return mark;
}

/** The rule that an unmarked frame will match once it has this address. */
function ruleFor(frame: Element, name: string, value: string, rules: readonly FrameRule[]): FrameRule | undefined {
  if (name !== 'src' || isMarked(frame)) return;
  const like = frame.cloneNode() as Element;
  like.setAttributeNS(null, name, value);
  return matching(like, like, frame.parentNode, rules);
}

const isMarked = (element: Element): boolean => element.matches(MARKS);

function markFrame(frame: Element, root: Node, parent: Node | null, rules: readonly FrameRule[]): void {
  if (isMarked(frame)) return;
  const rule = matching(root, frame, parent, rules);
  if (rule) frame.setAttribute(MARK.service, rule.service);
}

/**
 * The rule that a frame will match once its root is in its parent. A selector can only be asked of elements that hang
 * together, so it is asked of likenesses of the parent and its ancestors, in a document that loads nothing.
 */
function matching(root: Node, frame: Element, parent: Node | null, rules: readonly FrameRule[]): FrameRule | undefined {
  if (!rules.length) return;
  const inert = doc.implementation.createHTMLDocument('');
  const MARKER = 'data-placet-this';
  frame.setAttribute(MARKER, '');
  let likeness: Node = inert.importNode(root, true);
  frame.removeAttribute(MARKER);
  for (let at = parent; at && kind(at) === Node.ELEMENT_NODE; at = parentOf(at)) {
    const above = inert.importNode(at, false);
    above.appendChild(likeness);
    likeness = above;
  }
  const top = inert.createElement('div');
  top.appendChild(likeness);
  const like = top.querySelector(`[${MARKER}]`);
  return like ? rules.find(({ selector }) => like.matches(selector)) : undefined;
}
