/** What goes wrong: one sentence in the console, the same in `placet:error`. */
import { EVENT } from './names.ts';

/** How the sentence begins that says why nothing is shown. */
export const CANNOT_SHOW = 'the widget cannot be shown: ';

/** Tells the page's developer what happened and what to do, and shows what it is about. Never throws. */
export function report(message: string, ...about: unknown[]): undefined {
  console.error(`Placet: ${message}`, ...about);
  emit(EVENT.error, { message });
}

/** Fires an event on `window`. A listener that throws is the browser's to report: it stops nobody. */
export function emit(name: string, detail?: unknown): void {
  dispatchEvent(new CustomEvent(name, { detail }));
}

/** Calls a page's function; what it throws is reported as an uncaught error is, and stops nobody. */
export function call<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): void {
  try {
    fn(...args);
  } catch (error) {
    reportError(error);
  }
}
