/**
 * Placet in a bundle: the banner that asks a visitor before a site sets cookies, and what they have decided.
 *
 * ```ts
 * import { init } from 'placet';
 *
 * const consent = await init({ server: 'https://consent.example.com', key: 'pk_shop', widget: 43 });
 * consent.on('granted:youtube', showVideos);
 * ```
 *
 * Importing it does nothing, on a page or on a server. What `init` loads is the gate; the core (WebAssembly), the settings
 * and the rest come when somebody needs them.
 *
 * @packageDocumentation
 */
import type { Snippet } from '../../www/gate/snippet.ts';
import { PageConsent } from './consent.ts';
import { INERT } from './inert.ts';
import { held, type Options, push, ready, start, tell, toSnippet } from './start.ts';
import type { Consent, LocalOptions, ServerOptions, SlugOf, Widget } from './types.ts';

export type * from './types.ts';

/** The widget of this page, and its consent unless it could not be shown. */
interface Running {
  readonly snippet: Snippet;
  lang: string | undefined;
  consent: Promise<PageConsent> | undefined;
}

let running: Running | undefined;

/**
 * Starts a widget without a server: what it asks for is in `config`, and what visitors decide is handed to `onProof`. The
 * slugs of its services are known to the types.
 *
 * ```ts
 * const consent = await init({
 *   config: { services: [{ slug: 'youtube', name: 'YouTube', purpose: 'Preference', description: 'Plays our videos.' }] },
 *   onProof: (proof) => fetch('/proofs', { method: 'POST', body: JSON.stringify(proof) }).then(() => {}),
 * });
 * consent.getServiceConsent('youtube');
 * ```
 *
 * For what else holds see the other form.
 */
export function init<const W extends Widget>(options: LocalOptions<W>): Promise<Consent<SlugOf<W>>>;
/**
 * Starts a widget that a Placet server publishes, and resolves when the visitor's state is known: they have chosen, or are
 * being asked. The slugs of its services can be told: `init<'youtube' | 'drift'>({ … })`.
 *
 * A page has one widget. Called again, also at the same time, with the same widget it resolves with the same object: there
 * is one banner and one proof. A page that has Placet's snippet as well is served by whichever came first.
 *
 * On a server (Node, an edge) it resolves at once with an object that grants nothing and does nothing.
 *
 * Rejects with a `TypeError` if an option is missing, and with an `Error` if the page has another widget already or this one
 * cannot be shown; its message says why and what to do, and the console has it as well. Nothing is granted then; called
 * again it tries again.
 */
export function init<Slug extends string = string>(options: ServerOptions): Promise<Consent<Slug>>;
export async function init(options: Options): Promise<Consent> {
  if (typeof document === 'undefined') return INERT;
  const snippet = toSnippet(options);
  const isFirst = !running;
  const mine = (running ??= { snippet, lang: options.lang, consent: undefined });
  const { server, key, widget } = mine.snippet;
  if (server !== snippet.server || key !== snippet.key || widget !== snippet.widget) {
    throw Error('Placet: this page has another widget already, and a page has one; load the page anew to change it');
  }
  tell(options);
  if (isFirst) start(snippet, options);
  if (options.userId) push(['set', 'userId', options.userId]);
  // What could not be shown is asked for again.
  if (!isFirst && (!mine.consent || mine.lang !== options.lang)) push(['set', 'lang', options.lang ?? '']);
  mine.lang = options.lang;
  const consent = (mine.consent ??= ready().then((manager) => new PageConsent(manager, held)));
  consent.catch(() => (mine.consent = undefined));
  return consent;
}

/**
 * Gives a widget's object its type, with the slugs of its services, where it is not written in the call of `init`:
 * `export const widget = defineWidget({ services: […] })`.
 */
export function defineWidget<const W extends Widget>(widget: W): W {
  return widget;
}
