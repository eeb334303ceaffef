/** A script that was kept shut by `type="text/plain"` is opened by a copy in its place. */
import { MARK } from '../names.ts';
import { trusted } from '../trusted.ts';

/** Whether the parser is past an element: its text may come in several pieces. */
export function isWhole(element: Node): boolean {
  if (document.readyState !== 'loading') return true;
  for (let node: Node | null = element; node; node = node.parentNode) if (node.nextSibling) return true;
  return false;
}

/**
 * Runs a script; resolves when the next one may run: as with the parser, an external script that is not `async` is
 * waited for, whether it loads or fails.
 */
export function runScript(shut: HTMLScriptElement): Promise<void> {
  const script = document.createElement('script');
  for (const { name, value } of shut.attributes) {
    if (name !== 'type' && name !== 'src' && name !== MARK.src && name !== MARK.type) script.setAttribute(name, value);
  }
  // Once in a page, a nonce can be read only as a property.
  script.nonce = shut.nonce;
  const type = shut.getAttribute(MARK.type);
  if (type) script.type = type;
  const src = shut.getAttribute(MARK.src) ?? shut.getAttribute('src');
  script.async = shut.hasAttribute('async');
  return new Promise((done) => {
    const waits = src && !script.async;
    if (waits) script.onload = script.onerror = () => done();
    if (src) script.src = trusted().createScriptURL(src);
    else script.text = trusted().createScript(shut.text);
    shut.replaceWith(script);
    if (!waits) done();
  });
}
