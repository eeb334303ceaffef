/** The nonce of the gate's own script: there is one where the page's policy asks for it. */
export const NONCE = (document.currentScript as HTMLScriptElement | null)?.nonce;
