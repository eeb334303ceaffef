/** Which of a widget's languages a visitor reads, as the server finds it (`server/src/language.rs`). */

/** A language's scripts that are written from right to left. */
const RIGHT_TO_LEFT = ['Arab', 'Hebr', 'Thaa', 'Syrc', 'Nkoo', 'Adlm', 'Rohg'];

/** The language itself, without script and region: `fr` of `fr-CA`. Norwegian is mostly written as the first of its two. */
export function primary(tag: string): string {
  const { language } = new Intl.Locale(tag);
  return language === 'no' ? 'nb' : language;
}

/** The script that a language is written in, by its tag or as usual (Unicode CLDR: likely subtags). */
const script = (tag: string): string | undefined => new Intl.Locale(tag).maximize().script;

/** Whether a tag names a script in which the language is not usually written, as `zh-TW` does. */
export const namesAnotherScript = (tag: string): boolean => script(tag) !== script(primary(tag));

/** Whether a language is written from right to left. */
export const isRightToLeft = (tag: string): boolean => RIGHT_TO_LEFT.includes(script(tag) ?? '');

/**
 * The best of what is offered, for a visitor who reads `wanted`, best first; undefined if they read none of it. For each
 * wanted language in turn: the very tag, then the tag cut from its end (RFC 4647, 3.4), then any other region of the
 * language, unless it is written in another script.
 */
export function negotiate(wanted: readonly string[], offered: readonly string[]): string | undefined {
  for (const tag of wanted.filter(isTag)) {
    const parts = new Intl.Locale(tag).baseName.split('-');
    for (let length = parts.length; length > 0; length--) {
      const cut = parts.slice(0, length).join('-');
      if (offered.includes(cut) && script(cut) === script(tag)) return cut;
    }
    const alike = offered.find((other) => primary(other) === primary(tag) && script(other) === script(tag));
    if (alike) return alike;
  }
  return;
}

/** Whether a text is a language's tag (BCP 47). */
export function isTag(text: string): boolean {
  try {
    return !!new Intl.Locale(text);
  } catch {
    return false;
  }
}
