/** The snippet's own address: `…/sdk/placet.js?key=PUBLIC_KEY&widget=43[&lang=fr]`. */

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
  const [, server = '', query] = /^(.*)\/[^/?]*\/[^/?]*\??([^#]*)/.exec(src) ?? [];
  const parameters = new URLSearchParams(query);
  const key = parameters.get('key');
  const widget = parameters.get('widget');
  if (!key || !widget) {
    return `the snippet's address lacks ${key ? 'widget=' : 'key='}`;
  }
  return { server, key, widget, lang: parameters.get('lang') };
}

/**
 * The language that was chosen, by the page's code, by the snippet or by the page itself; if none was, an empty text: the
 * browser's languages decide, which it tells the server.
 */
export const chosenLanguage = (forced: string | undefined, snippet: Snippet): string =>
  forced || snippet.lang || document.documentElement.lang;

/**
 * Where the server answers what the widget shows (`''`) or its first layer (`/banner`), in a language, and takes proofs
 * (`/consents`) or bare answers (`/answers`).
 */
export function address({ server, key, widget }: Snippet, what: string, lang = ''): string {
  const query = `?key=${encodeURIComponent(key)}${lang && `&lang=${encodeURIComponent(lang)}`}`;
  return `${server}/v1/widgets/${encodeURIComponent(widget)}${what}${query}`;
}
