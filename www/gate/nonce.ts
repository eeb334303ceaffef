/** The script that the gate is part of, as the browser knows it, and its nonce. */
import { doc } from './dom.ts';

/** Null in a module, and in what was fetched as text and run. */
export const SCRIPT = doc.currentScript as HTMLScriptElement | null;

/** The nonce of the gate's own script: there is one where the page's policy asks for it. Undefined if it can't be told. */
export const NONCE = SCRIPT?.nonce;

/**
 * Whether a script may be opened under the page's policy. `'strict-dynamic'` would let anything run that the gate puts
 * into the page, markup that an attacker has injected included; so where the gate has a nonce, scripts need it too; where
 * it cannot tell its own (a module) and the page uses nonces, none is opened.
 */
export const hasPageNonce = (shut: HTMLScriptElement): boolean =>
  NONCE ? shut.nonce === NONCE : NONCE === '' || !doc.querySelector('script[nonce]');
