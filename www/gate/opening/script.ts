/** A script that was kept shut by `type="text/plain"` is opened by a copy in its place. */
import { MARK } from '../names.ts';
import { NONCE } from '../nonce.ts';
import { trusted } from '../trusted.ts';

/**
 * Whether a script's time has come, as the parser would have it: it has something to run; while the page is read, the
 * parser is past it (its text may come in several pieces), and it is not one that waits for the page's end.
 */
export function isDue(shut: HTMLScriptElement): boolean {
  const src = address(shut);
  if (!src && !shut.text) return false;
  if (document.readyState !== 'loading') return true;
  const isModule = shut.getAttribute(MARK.type) === 'module';
  if (!shut.hasAttribute('async') && (isModule || (src && shut.defer))) return false;
  for (let node: Node | null = shut; node; node = node.parentNode) if (node.nextSibling) return true;
  return false;
}

/**
 * Whether a script may be opened under the page's policy. `'strict-dynamic'` would let anything run that the gate puts
 * into the page, markup that an attacker has injected included; so where the gate has a nonce, scripts need it too.
 */
export const hasPageNonce = (shut: HTMLScriptElement): boolean => !NONCE || shut.nonce === NONCE;

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
  const src = address(shut);
  script.async = shut.hasAttribute('async');
  return new Promise((done) => {
    // What the browser does not take for a script for itself never says that it is done.
    const waits = src && !script.async && !script.noModule && /^$|module|script$/.test(script.type);
    if (waits) for (const end of ['load', 'error']) script.addEventListener(end, () => done());
    if (src) script.src = trusted().createScriptURL(src);
    else script.text = trusted().createScript(shut.text);
    shut.replaceWith(script);
    if (!waits) done();
  });
}

const address = (shut: HTMLScriptElement): string | null => shut.getAttribute(MARK.src) ?? shut.getAttribute('src');
