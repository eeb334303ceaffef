/** The nonce that the page's policy asks of scripts, if it does. A module cannot read its own: `init` finds it. */
export let NONCE: string | undefined;

/** Sets it, before the first script is opened. */
export function setNonce(nonce: string | undefined): void {
  NONCE = nonce;
}
