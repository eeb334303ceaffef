/** The way to the server. */

import { DEADLINE } from '../gate/moments.ts';

/** What the server answered. */
export interface Posted {
  readonly status: number;
  readonly body: string;
  /** How long the server asks to be left alone, in seconds; 0 or NaN if it does not say. */
  readonly retryAfter: number;
}

/**
 * Where a proof goes that waits in the browser: to the page's own server, by what its address says of the widget, whatever
 * server that names. Storage is anybody's to write, and a page must not send anything elsewhere for it. An empty text for what is no
 * such address, or one that the npm module has left for a page without a server, which this page is not.
 */
export function ownAddress(server: string, kept: string): string {
  const [, path] = /^https?:.*(\/v1\/widgets\/\d+\/consents\?key=[^/]+)$/.exec(kept) ?? [];
  return path ? server + path : '';
}

/** Posts JSON, with cookies if `credentials` says so. The request outlives the page, should the visitor leave it now. Rejects when there is no answer, or none in time. */
export async function post(
  url: string,
  json: string,
  credentials: RequestCredentials = 'same-origin',
): Promise<Posted> {
  if (!url) return { status: 422, body: '', retryAfter: 0 };
  const headers = { 'content-type': 'application/json' };
  const signal = AbortSignal.timeout(DEADLINE);
  const answer = await fetch(url, { method: 'POST', headers, body: json, keepalive: true, credentials, signal });
  const retryAfter = +answer.headers.get('retry-after')!;
  return { status: answer.status, body: await answer.text(), retryAfter };
}
