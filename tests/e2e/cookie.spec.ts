/** The cookie as the gate reads it, on the samples that the core is held to as well. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { findCookie, standing } from '../../www/gate/cookie.ts';
import type { WidgetConfig } from '../../www/gate/protocol.ts';

const samples = JSON.parse(readFileSync('tests/cookies.json', 'utf8'));
const group = (purpose: number, slugs: string[]) => ({ purpose, services: slugs.map((slug) => ({ slug })) });
const config = {
  askKey: samples.widget.askKey,
  cookie: { name: 'euconsent', days: 180 },
  purposes: [group(0, samples.widget.necessary), group(3, samples.widget.optional)],
} as unknown as WidgetConfig;

for (const { about, value, grants, signalled } of samples.cookies) {
  test(`a cookie: ${about}`, () => {
    const choice = standing(value, config, samples.now, signalled === true);
    const granted = choice && Object.keys(choice).filter((slug) => choice[slug]);
    expect(granted ?? null).toEqual(grants);
  });
}

test('one cookie is found among others', () => {
  const cookies = 'a=1; xeuconsent=no; euconsent=%7B%7D; b=2=3';
  expect(findCookie(cookies, 'euconsent')).toBe('%7B%7D');
  expect(findCookie(cookies, 'b')).toBe('2=3');
  expect(findCookie(cookies, 'none')).toBeUndefined();
  expect(findCookie('', 'euconsent')).toBeUndefined();
});
