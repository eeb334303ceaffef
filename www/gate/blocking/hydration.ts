/**
 * Pages that a framework has rendered on its server and goes through once more in the browser: a node that it does not
 * expect there makes it render the page anew, and what had run would run again.
 */
import { doc } from '../dom.ts';
import { whenIdle } from '../moments.ts';

/** How such a page is known: Next.js, Nuxt, Gatsby, Vue, Astro. */
const ELEMENTS = '#__next,#__NEXT_DATA__,#__nuxt,#___gatsby,[data-server-rendered],astro-island[ssr]';
/** And by what its server leaves in the window: Next.js, Nuxt, React Router, Remix. */
const GLOBALS = ['__next_f', '__NUXT__', '__reactRouterContext', '__remixContext'];

let rested: Promise<void> | undefined;

/** Resolves when nodes may be put between those of the page: at once, unless it may not have been gone through. */
export function hydrated(): Promise<void> | undefined {
  if (rested) return rested;
  if (!doc.querySelector(ELEMENTS) && !GLOBALS.some((name) => Object.hasOwn(window, name))) return;
  return (rested = new Promise((done) => whenIdle(done)));
}
