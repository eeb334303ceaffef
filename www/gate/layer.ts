/** `window.dataLayer`, where tag managers listen. */
import { call } from './report.ts';

declare global {
  interface Window {
    dataLayer?: unknown[];
  }
}

/** Adds an entry; a page's own `push` may throw, and what is no array is not the gate's to use. */
export function pushToLayer(entry: unknown): void {
  const layer = (window.dataLayer ??= []);
  if (Array.isArray(layer)) call(() => layer.push(entry));
}
