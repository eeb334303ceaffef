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
  const url = new URL(src, location.href);
  const key = url.searchParams.get('key');
  const widget = url.searchParams.get('widget');
  if (!key || !widget) {
    return `the snippet's address lacks ${key ? 'widget=' : 'key='}; copy the line again from the README`;
  }
  const server = new URL('..', url).href.replace(/\/$/, '');
  return { server, key, widget, lang: url.searchParams.get('lang') };
}

/** Where the server answers what the widget shows, and takes proofs. */
export function addresses(snippet: Snippet, languages: readonly string[]): { config: string; consents: string } {
  const widget = `${snippet.server}/v1/widgets/${encodeURIComponent(snippet.widget)}`;
  const key = `?key=${encodeURIComponent(snippet.key)}`;
  return {
    config: `${widget}${key}&lang=${encodeURIComponent(languages.join())}`,
    consents: `${widget}/consents${key}`,
  };
}

/**
 * The languages to ask for, best first: forced by the page's code, by the snippet, the page's own, the browser's. The
 * server takes the first that the widget has.
 */
export function languages(forced: string | undefined, snippet: Snippet): string[] {
  const wanted = [forced, snippet.lang, document.documentElement.lang, ...navigator.languages];
  return [...new Set(wanted.filter((lang) => !!lang))] as string[];
}
