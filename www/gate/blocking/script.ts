/**
 * A script that is blocked by `type="text/plain"` stays in the page as it is; a copy of it runs right behind it and is
 * taken out once it has run. So a framework finds the nodes that it has rendered, and what copies the page copies a
 * blocked script.
 */
import { doc, make, parentOf } from '../dom.ts';
import { HELD, LIVE, MARK } from '../names.ts';
import { isAllowed } from '../url.ts';
import { trusted } from './trusted.ts';

/** The types of scripts that run; others are data, for somebody who looks for them in the page. */
const RUNS = /^$|^module$|script$/;

/**
 * Whether a script's time has come, as the parser would have it: it has something to run; while the page is read, the
 * parser is past it (its text may come in several pieces), and it is not one that waits for the page's end.
 */
export function isDue(script: HTMLScriptElement): boolean {
  const src = address(script);
  if (!src && !script.text) return false;
  // Turbo shows what it has kept of a page until that has come.
  if (doc.documentElement.hasAttribute('data-turbo-preview')) return false;
  if (doc.readyState !== 'loading') return true;
  const isModule = script.getAttribute(MARK.type) === 'module';
  if (!script.hasAttribute('async') && (isModule || (src && script.defer))) return false;
  for (let node: Node | null = script; node; node = parentOf(node)) {
    if (Reflect.get(Node.prototype, 'nextSibling', node)) return true;
  }
  return false;
}

/**
 * Whether a script may count on an event of the page's readiness that has passed by the time it runs. Nobody can see it in
 * one that is yet to be loaded, and the page may be ready before that has come.
 */
export const mayAwaitPage = (script: HTMLScriptElement): boolean =>
  !!address(script) || (doc.readyState !== 'loading' && /DOMContentLoaded|load\b|readystate/.test(script.text));

/**
 * Runs a script, by a copy that is shown to `prepare`; resolves when the next one may run: as with the parser, an external
 * script that is not `async` is waited for, whether it loads or fails.
 */
export function runScript(script: HTMLScriptElement, prepare: (copy: HTMLScriptElement) => void): Promise<void> {
  const copy = make('script', script.ownerDocument);
  for (const { name, value } of script.attributes) {
    if (!/^(type|src|data-(src|type|consent.*))$/.test(name)) copy.setAttribute(name, value);
  }
  copy.setAttribute(LIVE, '');
  // Once in a page, a nonce can be read only as a property.
  copy.nonce = script.nonce;
  copy.type = script.getAttribute(MARK.type) ?? '';
  const src = address(script);
  const isAsync = (copy.async = script.hasAttribute('async'));
  const runs = RUNS.test(copy.type) && !copy.noModule;
  if (src && !isAllowed(script, 'src', src)) throw Error(`"${src}" is no http: or https: address`);
  return new Promise((done) => {
    const end = (): void => {
      copy.remove();
      done();
    };
    if (src) {
      // What the browser does not take for a script for itself never says that it is done.
      if (runs) for (const event of ['load', 'error']) copy.addEventListener(event, end);
      copy.src = trusted().createScriptURL(src);
    } else copy.text = trusted().createScript(script.text);
    prepare(copy);
    script.after(copy);
    if (!src && runs) end();
    else if (isAsync || !runs) done();
  });
}

const address = (script: HTMLScriptElement): string | null =>
  script.getAttribute(`${HELD}src`) ?? script.getAttribute(MARK.src) ?? script.getAttribute('src');
