/**
 * The events of the page's readiness, for scripts that are unblocked after they have passed: what such a script has
 * registered for `DOMContentLoaded`, `load` or `readystatechange` is called once, when all scripts that were unblocked
 * together have run. Nobody else hears an event a second time. Loaded for pages that unblock such a script.
 *
 * It does for a script what the parser would have done: a script is known by `doc.currentScript` while it runs, so
 * what a module registers, or what a script registers later on, is not heard.
 */
import { doc, own } from '../gate/dom.ts';
import { call } from '../gate/report.ts';

type Listener = EventListenerOrEventListenerObject;

/** What was registered for an event that has passed, on the document or the window. */
interface Late {
  readonly target: Document | Window;
  readonly type: string;
  readonly listener: Listener;
}

const watched = new WeakSet<Element>();
let late: Late[] = [];
let isInstalled = false;

/** In the order in which a page fires them. */
const EVENTS = ['DOMContentLoaded', 'readystatechange', 'load'];

/** Heeds what a script registers while it runs. */
export function watch(copy: HTMLScriptElement): void {
  if (!isInstalled) install();
  isInstalled = true;
  watched.add(copy);
  const onload = own('onload');
  const { onreadystatechange } = doc;
  copy.addEventListener('load', end);
  // A script in the page ends before the next line of the script that has put it in.
  if (!copy.src) queueMicrotask(end);
  function end(): void {
    const add = (target: Document | Window, type: string, listener: Listener | null): void => {
      if (listener && hasPassed(type) && !late.some((known) => known.listener === listener)) {
        late.push({ target, type, listener });
      }
    };
    if (own('onload') !== onload) add(window, 'load', own('onload') as Listener | null);
    if (doc.onreadystatechange !== onreadystatechange) {
      add(document, 'readystatechange', doc.onreadystatechange as Listener | null);
    }
    // Nobody waits for the end of one that is async.
    if (copy.async) callLate();
  }
}

/** Calls what was registered too late for the page's own events. */
export function callLate(): void {
  const now = late;
  late = [];
  now.sort((a, b) => EVENTS.indexOf(a.type) - EVENTS.indexOf(b.type));
  for (const { target, type, listener } of now) {
    const event = new Event(type, { bubbles: type === 'DOMContentLoaded' });
    // As if the event were on its way: there is no other way to give it its target.
    const at = type === 'DOMContentLoaded' || type === 'load' ? document : target;
    Object.defineProperties(event, { target: { value: at }, currentTarget: { value: target } });
    call(() => (typeof listener === 'function' ? listener.call(target, event) : listener.handleEvent(event)));
  }
}

function install(): void {
  for (const target of [document, window]) {
    // An element may be named like it.
    const { addEventListener } = EventTarget.prototype;
    target.addEventListener = function (this: unknown, type: string, listener: Listener | null, options?: unknown) {
      const script = Object.getOwnPropertyDescriptor(Document.prototype, 'currentScript')?.get?.call(document);
      if (listener && script && watched.has(script) && hasPassed(type, target)) late.push({ target, type, listener });
      return addEventListener.call(target, type, listener!, options as AddEventListenerOptions);
    };
  }
}

/** Whether an event of the page's readiness has been fired for the last time. */
function hasPassed(type: string, target?: Document | Window): boolean {
  const [page] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  switch (type) {
    case 'DOMContentLoaded':
      return !page || page.domContentLoadedEventStart > 0;
    case 'load':
      return target !== document && (!page || page.loadEventStart > 0);
    case 'readystatechange':
      return doc.readyState === 'complete' && target !== window;
    default:
      return false;
  }
}
