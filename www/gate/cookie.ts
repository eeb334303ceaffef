/**
 * The `euconsent` cookie, read and written: a refusal waits for nobody. The server writes it in the same way for a browser
 * without WebAssembly (`choice/src/cookie.rs`); `tests/cookies.json` holds both to one meaning.
 */
import type { FirstLayer, WidgetConfig } from './protocol.ts';

/** One answer for each service, by its slug. */
export type Choice = Record<string, boolean>;

/** A day, in seconds. */
export const DAY = 86_400;

/** Every value of a cookie's name in what `document.cookie` holds: there is one for each domain that it was set for. */
export function cookieValues(cookies: string, name: string): string[] {
  const start = `${name}=`;
  const pairs = cookies.split(/; */).filter((pair) => pair.startsWith(start));
  return pairs.map((pair) => pair.slice(start.length));
}

/**
 * The choice that the cookie keeps and that still stands, `now` in seconds since 1970; of several the newest. Anything
 * odd is no choice; nor is one that was made before the browser began to signal a refusal. By a configuration that the
 * browser has kept, which may be of anybody's making, nothing is necessary that the cookie refuses.
 */
export function standing(
  values: string[],
  config: WidgetConfig | FirstLayer,
  now: number,
  signalled: boolean,
  isConfigKept = false,
): Choice | undefined {
  const newest = newestOf(values);
  const choice = covered(values, config, now, signalled);
  if (!choice || newest!.$v !== config.askKey) return;
  const isWhole = Object.keys(choice).every(
    (slug) => typeof newest![slug] === 'boolean' && !(isConfigKept && newest![slug] !== choice[slug]),
  );
  return isWhole ? choice : undefined;
}

/**
 * What the choice that the cookie keeps has granted, also if the widget has asked for more since then: it stays valid for
 * what it covered until the visitor chooses again. Undefined if there is none, or its time is over.
 */
export function covered(
  values: string[],
  config: WidgetConfig | FirstLayer,
  now: number,
  signalled: boolean,
): Choice | undefined {
  const newest = newestOf(values);
  if (!newest) return;
  const age = now - newest.$t;
  if (age >= config.cookie.days * DAY || age < -DAY || (signalled && newest.$g !== true)) return;
  const services =
    'purposes' in config
      ? config.purposes.flatMap(({ purpose, services }) => services.map(({ slug }) => [slug, purpose === 0] as const))
      : Object.entries(config.refusal);
  return Object.fromEntries(services.map(([slug, isNecessary]) => [slug, newest[slug] === true || isNecessary]));
}

/** The newest of a cookie's values; of two of the same time the one whose proof is made. */
export function newestOf(values: string[]): Kept | undefined {
  const rank = (kept?: Kept) => (kept ? kept.$t * 2 + +!kept.$p : -1);
  return values.map(parse).reduce((a, b) => (rank(b) > rank(a) ? b : a), undefined);
}

/** The longest cookie, name and value, that every browser keeps, in bytes (RFC 6265, 6.1). */
const LONGEST = 4096;

/**
 * A choice made at that time, in seconds since 1970, as the value of a cookie of this name, as `Kept::encode` writes it
 * (`choice/src/cookie.rs`).
 */
export function encode(
  name: string,
  choice: Choice,
  askKey: string,
  at: number,
  signalled: boolean,
  unproven: boolean,
): string {
  // By hand: a page's old library may have given texts a `toJSON` of its own.
  const answers = Object.keys(choice).map((slug) => `"${slug}":${choice[slug]},`);
  const more = (signalled ? ',"$g":true' : '') + (unproven ? ',"$p":true' : '');
  const value = encodeURIComponent(`{${answers.join('')}"$v":"${askKey}","$t":${at}${more}}`);
  const fits = name.length + value.length < LONGEST;
  return fits ? value : value.replace(/%(2[24C]|3A|7[BD])/g, decodeURIComponent);
}

/** What a choice's cookie holds (`choice/src/cookie.rs`): `$t` is when it was made, `$p` that its proof is still to be made. */
export type Kept = { $t: number; [key: string]: unknown };

/** Reads a cookie's value; undefined if it is none of Placet's. */
export function parse(value: string): Kept | undefined {
  try {
    const kept = JSON.parse(decodeURIComponent(value));
    return Number.isInteger(kept?.$t) && kept.$t >= 0 ? kept : undefined;
  } catch {
    return;
  }
}
