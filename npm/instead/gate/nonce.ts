/** The script that the module was bundled into, if it is a classic one, and the nonce that the page's policy asks for. */
import { doc } from '../../../www/gate/dom.ts';

/** Null in a module, and on a server. */
export const SCRIPT = typeof document === 'undefined' ? null : (doc.currentScript as HTMLScriptElement | null);

/**
 * The nonce of a script that has run. No other element of the page is asked for it: markup that an intruder has put in
 * may have one.
 */
export let NONCE = SCRIPT?.nonce;

/** Sets the one that `init` was told, before the first script is opened. */
export function setNonce(nonce: string | undefined): void {
  NONCE = nonce ?? NONCE;
}

/**
 * Whether a script may be opened under the page's policy. `'strict-dynamic'` would let anything run that the gate puts
 * into the page, markup that an attacker has injected included; so where the gate has a nonce, scripts need it too; where
 * it cannot tell its own (a module) and the page uses nonces, none is opened.
 */
export const hasPageNonce = (shut: HTMLScriptElement): boolean =>
  NONCE ? shut.nonce === NONCE : NONCE === '' || !doc.querySelector('script[nonce]');
