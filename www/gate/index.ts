/** What the snippet loads: `placet.js`, in two builds, one of them with automatic blocking. */
import { holdRequests } from './autoblock.ts';
import { Gate, type Release } from './gate.ts';
import { own } from './dom.ts';
import type { KnownWidget } from './known.ts';
import { installQueue, type Queue } from './queue.ts';
import { report } from './report.ts';
import { readSnippet, type Snippet, snippetAddress } from './snippet.ts';

declare const AUTOBLOCK: boolean;

declare global {
  interface Window {
    /** The first line of the script. */
    placetKnown?: KnownWidget;
  }
}

const snippet = readSnippet(snippetAddress());
const known = own('placetKnown') ?? {};

if (typeof snippet === 'string') {
  report(snippet);
} else {
  const queue = installQueue();
  const release = AUTOBLOCK && holdRequests(known.domains ?? {});
  if (queue) void start(snippet, queue, release || undefined);
}

/**
 * What the browser keeps is read before all else, and not from within the script's own evaluation: a browser that notes
 * who reads a cookie, as it does for its developer tools, would parse all of the script again to say where in it.
 */
async function start(snippet: Snippet, queue: Queue, release: Release | undefined): Promise<void> {
  await undefined;
  new Gate(snippet, queue, known, release).start();
}
