/** Nodes that the server sends, or the browser keeps, made into elements. What is not on the list is left out. */
import { make } from './dom.ts';
import type { Node } from './protocol.ts';
import { schemeOf } from './url.ts';

const TAGS = /^(a|button|div|h2|p|section|span)$/;
const ATTRIBUTES = /^(aria-[a-z]+|data-placet|dir|href|id|lang|part|rel|role|target|title)$/;

/** Puts a node, and all that is in it, at a parent's end; the sentence on a signal of the browser only where it sends one. */
export function append(parent: ParentNode, node: Node | string, signalled: boolean): void {
  if (typeof node === 'string') return parent.append(node);
  if (!Array.isArray(node)) return;
  const [tag, attributes, ...children] = node;
  if (!TAGS.test(tag) || (attributes?.part === 'signal' && !signalled)) return;
  const element = make(tag as 'div');
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (ATTRIBUTES.test(name) && (name !== 'href' || /^https?:$/.test(schemeOf(value))))
      element.setAttribute(name, value);
  }
  for (const child of children) append(element, child, signalled);
  parent.append(element);
}
