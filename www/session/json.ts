/** Old libraries (MooTools 1.2) put an object of their own in the place of `JSON`. */
import { doc, make } from '../gate/dom.ts';

/** Gives the page's `JSON` what it lacks, of a new document. */
export function completeJson(): void {
  if ('parse' in JSON) return;
  const frame = make('iframe');
  Node.prototype.appendChild.call(doc.documentElement, frame);
  const { parse, stringify } = (frame.contentWindow as unknown as typeof globalThis).JSON;
  Object.assign(JSON, { parse, stringify });
  frame.remove();
}
