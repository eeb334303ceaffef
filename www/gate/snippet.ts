/** The snippet's own address: `…/sdk/placet.js?key=PUBLIC_KEY&widget=43[&lang=fr]`. */
import { doc } from './dom.ts';
import { NONCE, SCRIPT } from './nonce.ts';

/** What the pasted line says. */
export interface Snippet {
  /** The server, without a slash at its end. */
  readonly server: string;
  readonly key: string;
  readonly widget: string;
  /** A forced language, or none. */
  readonly lang: string | null;
}

/** Reads a snippet's address; a text says what is missing in it. */
export function readSnippet(src: string): Snippet | string {
  const [, server = '', query] = /^([^?#]*)\/[^/?#]*\/[^/?#]*\??([^#]*)/.exec(src) ?? [];
  const parameters = new URLSearchParams(query);
  const key = parameters.get('key');
  const widget = parameters.get('widget');
  if (!key || !widget) {
    return src
      ? `the snippet's address lacks ${key ? 'widget=' : 'key='}`
      : 'the snippet cannot tell its own address; load it by a script element of its own';
  }
  return { server, key, widget, lang: parameters.get('lang') };
}

/**
 * The languages that the widget is wanted in, best first, separated by commas: the one that was chosen, by the page's code,
 * by the snippet or by the page itself, if one was; then those of the browser. In the address of a request they make its
 * answer the same for everybody.
 */
export const wantedLanguages = (forced: string | undefined, snippet: Snippet): string =>
  [forced || snippet.lang || doc.documentElement.lang, ...navigator.languages].filter(Boolean).join();

/**
 * The address of the script that the gate is part of: what the browser says of the script that runs, or where an error in
 * it would have come from (a module, `import()`). What an optimiser has inlined, combined or fetched is the page's one
 * script of that address; where scripts need a nonce, one that has the gate's, as others may be an intruder's and have
 * never run. An empty text if it can't be told.
 */
export function snippetAddress(): string {
  const mine = SCRIPT ? SCRIPT.src : /https?:\S+?\.js\?\S*?(?=:\d+:\d+\)?$)/m.exec(`${Error().stack}`)?.[0];
  if (mine && /[?&]key=/.test(mine)) return mine;
  const nonce = NONCE ?? (doc.querySelector('[nonce]') ? null : '');
  const scripts = doc.querySelectorAll<HTMLScriptElement>('script[src*="/sdk/placet.js?"]');
  const found = new Set([...scripts].flatMap((script) => (script.nonce === nonce && script.src) || []));
  return found.size === 1 ? [...found][0]! : (mine ?? '');
}

/**
 * Where the server answers what the widget shows (`''`) or its first layer (`/banner`), in a language, and takes proofs
 * (`/consents`) or bare answers (`/answers`).
 */
export function address({ server, key, widget }: Snippet, what: string, lang = ''): string {
  const query = new URLSearchParams({ key, ...(lang && { lang }) });
  return `${server}/v1/widgets/${encodeURIComponent(widget)}${what}?${query}`;
}
