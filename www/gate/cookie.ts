/**
 * Reads the `euconsent` cookie. The core writes it and reads it in the same way (`choice/src/cookie.rs`);
 * `tests/cookies.json` holds both to one meaning.
 */
import type { CookieSettings, FirstLayer, WidgetConfig } from './protocol.ts';

/** One answer for each service, by its slug. */
export type Choice = Record<string, boolean>;

const DAY = 86_400;

/** Every value of a cookie's name in what `document.cookie` holds: there is one for each domain that it was set for. */
export function cookieValues(cookies: string, name: string): string[] {
  const start = `${name}=`;
  const pairs = cookies.split(/; */).filter((pair) => pair.startsWith(start));
  return pairs.map((pair) => pair.slice(start.length));
}

/**
 * The choice that the cookie keeps and that still stands, `now` in seconds since 1970; of several the newest. Anything
 * odd is no choice; nor is one that was made before the browser began to signal a refusal.
 */
export function standing(
  values: string[],
  config: WidgetConfig | FirstLayer,
  now: number,
  signalled: boolean,
): Choice | undefined {
  const newest = values.map(parse).reduce((a, b) => ((b?.$t ?? -1) > (a?.$t ?? -1) ? b : a), undefined);
  if (!newest) return;
  const age = now - newest.$t;
  if (age >= config.cookie.days * DAY || age < -DAY) return;
  if (newest.$v !== config.askKey || (signalled && newest.$g !== true)) return;
  const choice: Choice = {};
  // What is known with the first layer is that the widget has asked for nothing more since then.
  for (const { purpose, services } of 'purposes' in config ? config.purposes : []) {
    for (const { slug } of services) {
      const granted = newest[slug];
      if (typeof granted !== 'boolean') return;
      choice[slug] = granted || purpose === 0;
    }
  }
  return choice;
}

/** Removes the cookie: on the next page the visitor is asked. */
export function removeCookie({ name, domain }: CookieSettings): void {
  for (const shared of ['', domain && `; Domain=${domain}`])
    document.cookie = `${name}=; Path=/; Max-Age=0${shared ?? ''}`;
}

/** What a choice's cookie holds: `$t` is when it was made, in seconds since 1970. */
type Kept = { $t: number; [key: string]: unknown };

/** Reads a cookie's value; undefined if it is none of Placet's. */
export function parse(value: string): Kept | undefined {
  try {
    const kept = JSON.parse(decodeURIComponent(value));
    return Number.isInteger(kept?.$t) && kept.$t >= 0 ? kept : undefined;
  } catch {
    return;
  }
}
