/** What scripts write into a page while it is read (`doc.write`): tags are looked at before the parser sees them. */
import { doc } from '../dom.ts';
import { type Method, wrap } from '../../guard/insertion.ts';

/** A tag, whole. */
const TAG = /<([a-z]+)\b(?:[^>"']|"[^"]*"|'[^']*')*>/gi;
/** A tag that is not yet whole, or what may become one. */
const UNFINISHED = /<(?:[a-z]{0,7}|[a-z]+\b(?:[^>"']|"[^"]*"|'[^']*')*(?:"[^"]*|'[^']*)?)$/i;

/** Begins; `text` is what markup contains that has to be looked at, `prepare` changes what is in a node. */
export function holdWrites(text: RegExp, prepare: (node: Node) => void): void {
  /** What was written of a tag that is still to be finished. */
  let unfinished = '';

  const write = (original: Method): Method =>
    function (...values: unknown[]) {
      const given = values.map(String).join('');
      const markup = unfinished + given;
      unfinished = UNFINISHED.exec(markup)?.[0] ?? '';
      const changed = changeTags(markup.slice(0, markup.length - unfinished.length), text, prepare);
      // As it was given: it may be more than a text (Trusted Types).
      return changed === given ? original.apply(this, values) : original.call(this, changed);
    };
  wrap(Document.prototype, 'write', write);
  wrap(Document.prototype, 'writeln', () => {
    return function (...values) {
      return (Document.prototype.write as Method).call(this, ...values, '\n');
    };
  });
}

function changeTags(markup: string, text: RegExp, prepare: (node: Node) => void): string {
  let done = '';
  let at = 0;
  for (const { 0: tag, 1: name, index } of markup.matchAll(TAG)) {
    // What is in a script is text.
    if (index < at) continue;
    done += markup.slice(at, index) + (text.test(tag) ? changeTag(tag, prepare) : tag);
    at = index + tag.length;
    if (name?.toLowerCase() !== 'script') continue;
    const end = markup.slice(at).search(/<\/script/i);
    const next = end < 0 ? markup.length : at + end;
    done += markup.slice(at, next);
    at = next;
  }
  return done + markup.slice(at);
}

function changeTag(tag: string, prepare: (node: Node) => void): string {
  const template = doc.createElement('template');
  template.innerHTML = tag;
  const element = template.content.firstElementChild;
  const before = element?.outerHTML;
  prepare(template.content);
  if (!element || element.outerHTML === before) return tag;
  // A tag of its own has no end.
  return element.outerHTML.replace(new RegExp(`</${element.localName}>$`), '');
}
