/** Names the faults of a widget that types cannot see, or that code without types has made. */
import { PURPOSES } from '../../../www/gate/names.ts';
import type { Localized, Widget } from '../types.ts';
import { isTag } from './language.ts';

/** The longest a choice may be kept, in days (`MAX_CHOICE_DAYS` in `protocol/src/lib.rs`). */
const MOST_DAYS = 180;

/** Throws an `Error` that names every fault, each with its place and how to mend it. */
export function check({ services, languages = ['en'], cookie, appearance, policyUrl }: Widget): void {
  const faults: string[] = [];
  const expect = (isGood: boolean, place: string, mend: string): void => {
    if (!isGood) faults.push(`config.${place}: ${mend}`);
  };
  const inEach = (text: Localized, place: string): void => {
    const missing = typeof text === 'string' ? [] : languages.filter((lang) => !text?.[lang]);
    expect(!missing.length, place, `is missing in ${missing.join(', ')}`);
  };

  expect(languages.length > 0, 'languages', 'name one at least');
  for (const [index, lang] of languages.entries()) {
    expect(isTag(lang), `languages[${index}]`, `"${lang}" is no language tag; write it as "fr" or "fr-CA"`);
  }
  expect(Array.isArray(services) && services.length > 0, 'services', 'name one at least');
  const slugs = new Set<string>();
  for (const [index, { slug, name, purpose, description }] of (services ?? []).entries()) {
    const place = `services[${index}]`;
    const isSlug = /^[a-z0-9][a-z0-9_-]{0,39}$/.test(slug);
    expect(isSlug, `${place}.slug`, 'a short name has lower-case letters, digits, - and _, at most 40');
    expect(!slugs.has(slug), `${place}.slug`, `"${slug}" is taken by another service`);
    slugs.add(slug);
    expect(!!name, `${place}.name`, 'is missing');
    expect(PURPOSES.includes(purpose), `${place}.purpose`, `must be one of ${PURPOSES.join(', ')}`);
    inEach(description, `${place}.description`);
  }
  if (policyUrl !== undefined) inEach(policyUrl, 'policyUrl');
  const { days = MOST_DAYS } = cookie ?? {};
  const isTime = Number.isInteger(days) && days >= 1 && days <= MOST_DAYS;
  expect(isTime, 'cookie.days', `a choice stands for 1 to ${MOST_DAYS} days; then the visitor must be asked again`);
  for (const theme of ['light', 'dark'] as const) {
    for (const [name, colour] of Object.entries(appearance?.[theme] ?? {})) {
      const isColour = /^#([\da-f]{3}|[\da-f]{6})$/i.test(colour);
      expect(isColour, `appearance.${theme}.${name}`, 'write a colour as #1d2433 or #fff');
    }
  }
  if (faults.length) throw Error(faults.join('; '));
}
