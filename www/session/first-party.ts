/**
 * Requests to a server that is a part of the site: they show it the choice's cookie, and its answer sets the same cookie again
 * for the rest of its life (`server/src/http/first_party.rs`). Safari keeps what a script has set for seven days only.
 */
import type { Gate } from '../gate/gate.ts';
import type { CookieSettings } from '../gate/protocol.ts';

/** Sends a request that tells whether cookies go with it. */
type Send<T> = (credentials: RequestCredentials) => Promise<T>;

/**
 * Sends a request. What the page writes or removes while the answer is on its way is newer than the cookie that comes with the
 * answer, and is written once more.
 */
export async function withCookie<T>(gate: Gate, cookie: CookieSettings | undefined, send: Send<T>): Promise<T> {
  const before = gate.lastWrite;
  try {
    return await send(sharesDomain(gate.server, cookie?.domain) ? 'include' : 'same-origin');
  } finally {
    if (gate.lastWrite !== before) gate.lastWrite!();
  }
}

/** Whether a server is of the domain that the widget's cookie is for, and of the page's site (HTML, "schemelessly same site"). */
function sharesDomain(server: string, domain?: string): boolean {
  const { protocol, hostname } = new URL(server, location.href);
  return !!domain && protocol === location.protocol && `.${hostname}`.endsWith(`.${domain.toLowerCase()}`);
}
