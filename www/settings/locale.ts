/** What languages have their own ways of saying: the browser knows them all. */
import { cookieValues, parse } from '../gate/cookie.ts';
import { cookies } from '../gate/jar.ts';
import type { Texts, WidgetConfig } from '../gate/protocol.ts';

/** The units that lifetimes of cookies are told in, the longest first, in days. */
const UNITS = [
  ['year', 365],
  ['month', 30],
  ['day', 1],
] as const;

/** So many days in the longest unit that fits: `2 years`, `13 months`, `45 days`. */
export function lifetime(days: number, lang: string): string {
  const [unit, length] = UNITS.find(([, length]) => days % length === 0) ?? UNITS[2];
  return new Intl.NumberFormat(lang, { style: 'unit', unit, unitDisplay: 'long' }).format(days / length);
}

/** So many services, in the form of the plural that the language has for it, if the widget has words for that form. */
export function services(count: number, { lang, texts }: WidgetConfig): string {
  const form = new Intl.PluralRules(lang).select(count);
  const name = `services${form[0]?.toUpperCase()}${form.slice(1)}` as keyof Texts;
  return (texts[name] || texts.services).replace('{count}', count.toLocaleString(lang));
}

/** On which day the newest choice was made that the cookie keeps, in a sentence; nothing if there is none. */
export function whenDecided({ cookie, lang, texts }: WidgetConfig): string | undefined {
  const times = cookieValues(cookies(), cookie.name).flatMap((value) => parse(value)?.$t ?? []);
  if (!times.length) return;
  const day = new Date(Math.max(...times) * 1000).toLocaleDateString(lang, { dateStyle: 'long' });
  return texts.chosenOn.replace('{date}', day);
}
