/** The words of a widget in one language: its own, and Placet's (`server/texts/`) everywhere else. */
import { PURPOSES } from '../../../www/gate/names.ts';
import type { Texts } from '../../../www/gate/protocol.ts';
import type { Purpose, Widget } from '../types.ts';
import { namesAnotherScript, primary } from './language.ts';

/** Everything that is said in one language. */
export interface Words {
  readonly texts: Texts;
  readonly purposes: Readonly<Record<Purpose, PurposeTexts>>;
}

interface PurposeTexts {
  readonly name: string;
  readonly text: string;
}

/** The words of a widget in one of its languages. Throws if Placet does not speak it and something is left unsaid. */
export async function wordsOf(widget: Widget, lang: string): Promise<Words> {
  const shipped = await shippedWords(lang);
  const own = widget.texts?.[lang] ?? {};
  const missing: string[] = [];
  if (!shipped) {
    // English says everything, and its forms of the plural are its own.
    const { texts } = await SHIPPED.en!();
    const names = Object.keys(texts).filter((name) => !/^services./.test(name));
    missing.push(...names.filter((name) => !own[name as keyof Texts]).map((name) => `texts.${lang}.${name}`));
  }
  const ofPurpose = (purpose: Purpose): PurposeTexts => {
    const { name = '', text = '' } = { ...shipped?.purposes[purpose], ...widget.purposes?.[purpose]?.[lang] };
    if (!name) missing.push(`purposes.${purpose}.${lang}.name`);
    if (!text) missing.push(`purposes.${purpose}.${lang}.text`);
    return { name, text };
  };
  const purposes = Object.fromEntries(PURPOSES.map((purpose) => [purpose, ofPurpose(purpose)])) as Words['purposes'];
  if (missing.length) throw Error(`Placet does not speak "${lang}" by itself; config lacks ${missing.join(', ')}`);
  return { texts: { ...(shipped?.texts as Texts), ...own }, purposes };
}

/** Each is fetched when it is needed. */
const SHIPPED: Record<string, () => Promise<Words>> = {
  ar: () => import('../../../server/texts/ar.toml'),
  bg: () => import('../../../server/texts/bg.toml'),
  cs: () => import('../../../server/texts/cs.toml'),
  da: () => import('../../../server/texts/da.toml'),
  de: () => import('../../../server/texts/de.toml'),
  el: () => import('../../../server/texts/el.toml'),
  en: () => import('../../../server/texts/en.toml'),
  es: () => import('../../../server/texts/es.toml'),
  et: () => import('../../../server/texts/et.toml'),
  fi: () => import('../../../server/texts/fi.toml'),
  fr: () => import('../../../server/texts/fr.toml'),
  ga: () => import('../../../server/texts/ga.toml'),
  he: () => import('../../../server/texts/he.toml'),
  hr: () => import('../../../server/texts/hr.toml'),
  hu: () => import('../../../server/texts/hu.toml'),
  is: () => import('../../../server/texts/is.toml'),
  it: () => import('../../../server/texts/it.toml'),
  ja: () => import('../../../server/texts/ja.toml'),
  ko: () => import('../../../server/texts/ko.toml'),
  lt: () => import('../../../server/texts/lt.toml'),
  lv: () => import('../../../server/texts/lv.toml'),
  mt: () => import('../../../server/texts/mt.toml'),
  nb: () => import('../../../server/texts/nb.toml'),
  nl: () => import('../../../server/texts/nl.toml'),
  pl: () => import('../../../server/texts/pl.toml'),
  pt: () => import('../../../server/texts/pt.toml'),
  ro: () => import('../../../server/texts/ro.toml'),
  sk: () => import('../../../server/texts/sk.toml'),
  sl: () => import('../../../server/texts/sl.toml'),
  sv: () => import('../../../server/texts/sv.toml'),
  tr: () => import('../../../server/texts/tr.toml'),
  uk: () => import('../../../server/texts/uk.toml'),
  zh: () => import('../../../server/texts/zh.toml'),
};

/** The words that Placet brings along in a language, or in the same language of another region. */
async function shippedWords(lang: string): Promise<Words | undefined> {
  // The usual script goes without saying; somebody who names another one reads that one.
  if (namesAnotherScript(lang)) return;
  const load = SHIPPED[primary(lang)];
  return load?.();
}
