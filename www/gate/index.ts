/** What the snippet loads: `placet.js`, in two builds, one of them with automatic blocking. */
import { type Domains, holdRequests } from './autoblock.ts';
import { startGate } from './gate.ts';
import { Queue } from './queue.ts';
import { report } from './report.ts';
import { readSnippet } from './snippet.ts';

declare const AUTOBLOCK: boolean;

declare global {
  interface Window {
    /** Which domain belongs to which service: the server's first line of the build with automatic blocking. */
    placetDomains?: Domains;
  }
}

const script = document.currentScript as HTMLScriptElement | null;
const snippet = readSnippet(script?.src ?? '');

if (typeof snippet === 'string') {
  report(snippet);
} else {
  const queue = Queue.install();
  if (queue) startGate(snippet, queue, AUTOBLOCK ? holdRequests(window.placetDomains ?? {}) : undefined);
}
