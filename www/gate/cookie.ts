/**
 * Reads the `euconsent` cookie. The core writes it and reads it in the same way (`src/cookie.rs`);
 * `tests/cookies.json` holds both to one meaning.
 */
import type { WidgetConfig } from './protocol.ts';

/** One answer for each service, by its slug. */
export type Choice = Record<string, boolean>;

const DAY = 86_400;

/** The value of one cookie in what `document.cookie` holds. */
export function findCookie(cookies: string, name: string): string | undefined {
  const start = `${name}=`;
  const pair = cookies.split(/; */).find((pair) => pair.startsWith(start));
  return pair?.slice(start.length);
}

/**
 * The choice that a cookie keeps and that still stands, `now` in seconds since 1970. Anything odd is no choice; nor is
 * one that was made before the browser began to signal a refusal.
 */
export function standing(value: string, config: WidgetConfig, now: number, signalled: boolean): Choice | undefined {
  let kept;
  try {
    kept = JSON.parse(decodeURIComponent(value));
  } catch {
    return;
  }
  const at = kept?.$t;
  const age = now - at;
  if (!Number.isInteger(at) || at < 0 || age >= config.cookie.days * DAY || age < -DAY) return;
  if (kept.$v !== config.askKey || (signalled && kept.$g !== true)) return;
  const choice: Choice = {};
  for (const { purpose, services } of config.purposes) {
    for (const { slug } of services) {
      if (typeof kept[slug] !== 'boolean') return;
      choice[slug] = kept[slug] || purpose === 0;
    }
  }
  return choice;
}
