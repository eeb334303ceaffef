/** `window.dataLayer`, where tag managers listen, or what the page calls it. */
import { own, ownOr } from './dom.ts';
import type { Signals } from './protocol.ts';
import { call } from './report.ts';

/** The name of the page's data layer. */
const name = ({ dataLayer }: Signals): string => dataLayer || 'dataLayer';

/** What is in the data layer, if the page has one. */
export function entries(signals: Signals): unknown[] {
  const layer = own(name(signals));
  return Array.isArray(layer) ? layer : [];
}

/** Adds an entry; a page's own `push` may throw, and what is no array is not the gate's to use. */
export function pushToLayer(signals: Signals, entry: unknown): void {
  const layer = ownOr(name(signals), []);
  if (Array.isArray(layer)) call(() => layer.push(entry));
}
