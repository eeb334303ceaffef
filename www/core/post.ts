/** The way to the server. */

/** What the server answered. */
export interface Posted {
  readonly status: number;
  readonly body: string;
}

/** Posts JSON. The request outlives the page, should the visitor leave it now. Rejects when there is no answer. */
export async function post(url: string, json: string): Promise<Posted> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: json, keepalive: true });
  return { status: answer.status, body: await answer.text() };
}
