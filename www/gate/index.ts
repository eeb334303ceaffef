/** What the snippet loads: `placet.js`, in two builds, one of them with automatic blocking. */
import { type Domains, holdRequests } from './autoblock.ts';
import { type Release, startGate } from './gate.ts';
import type { FirstLayer } from './protocol.ts';
import { installQueue, type Queue } from './queue.ts';
import { report } from './report.ts';
import { readSnippet, type Snippet } from './snippet.ts';

declare const AUTOBLOCK: boolean;

/** What the server knew of the widget when it sent the gate (`Known` in `server/src/http/gate.rs`). */
export interface KnownWidget {
  /** What automatic blocking holds. */
  domains?: Domains;
  /** The first layer in the language that the visitor's browser, or the snippet, asks for. */
  banner?: FirstLayer;
}

declare global {
  interface Window {
    /** The first line of the script. */
    placetKnown?: KnownWidget;
  }
}

const script = document.currentScript as HTMLScriptElement | null;
const snippet = readSnippet(script?.src ?? '');
const { domains, banner } = window.placetKnown ?? {};

if (typeof snippet === 'string') {
  report(snippet);
} else {
  const queue = installQueue();
  const release = AUTOBLOCK && holdRequests(domains ?? {});
  if (queue) void start(snippet, queue, release || undefined);
}

/**
 * What the browser keeps is read before all else, and not from within the script's own evaluation: a browser that notes
 * who reads a cookie, as it does for its developer tools, would parse all of the script again to say where in it.
 */
async function start(snippet: Snippet, queue: Queue, release: Release | undefined): Promise<void> {
  await undefined;
  startGate(snippet, queue, banner, release);
}
