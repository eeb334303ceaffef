/** The way to the server, or, where there is none, to who takes proofs in the page. */
import { ownAddress as addressAtServer, post as postToServer } from '../../../www/core/post.ts';
import { LOCAL, takeHere } from '../../src/told.ts';

export type { Posted } from '../../../www/core/post.ts';

/** A proof that waits since there was no server goes to who takes proofs in the page. */
export const ownAddress: typeof addressAtServer = (server, kept) =>
  kept.startsWith(LOCAL) ? kept : addressAtServer(server, kept);

export const post: typeof postToServer = async (url, json) => {
  if (!url.startsWith(LOCAL)) return postToServer(url, json);
  const { status, body } = await takeHere(url, json);
  return { status, body: JSON.stringify(body), retryAfter: 0 };
};
