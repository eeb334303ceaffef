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

/** Where the server answers what the widget shows in a language, and takes proofs. */
export function addresses(snippet: Snippet, lang: string): Addresses {
  const widget = `${snippet.server}/v1/widgets/${encodeURIComponent(snippet.widget)}`;
  const key = `?key=${encodeURIComponent(snippet.key)}`;
  const inLanguage = `${key}${lang && `&lang=${encodeURIComponent(lang)}`}`;
  return {
    banner: `${widget}/banner${inLanguage}`,
    config: widget + inLanguage,
    consents: `${widget}/consents${key}`,
    answers: `${widget}/answers${key}`,
  };
}

/** Where the server is asked for what. */
export interface Addresses {
  /** The first layer. */
  readonly banner: string;
  /** What the widget shows, and by what it lives. */
  readonly config: string;
  /** Takes the proof of a choice. */
  readonly consents: string;
  /** Takes a bare answer, from a browser that cannot run the core. */
  readonly answers: string;
}
