/** The cookie as the gate reads it, on the samples that the core is held to as well. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { cookieValues, standing } from '../../www/gate/cookie.ts';
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
    const choice = standing([value], config, samples.now, signalled === true);
    const granted = choice && Object.keys(choice).filter((slug) => choice[slug]);
    expect(granted ?? null).toEqual(grants);
  });
}

test('a cookie is found among others, as often as it was set', () => {
  const cookies = 'a=1; xeuconsent=no; euconsent=%7B%7D; b=2=3; euconsent=x';
  expect(cookieValues(cookies, 'euconsent')).toEqual(['%7B%7D', 'x']);
  expect(cookieValues(cookies, 'b')).toEqual(['2=3']);
  expect(cookieValues(cookies, 'none')).toEqual([]);
  expect(cookieValues('', 'euconsent')).toEqual([]);
});

test('of several cookies of the name the newest holds', () => {
  const at = (time: number, drift: boolean) =>
    JSON.stringify({ session: true, drift, ads: false, $v: samples.widget.askKey, $t: samples.now - time });
  for (const values of [
    [at(10, true), at(5, false)],
    [at(5, false), at(10, true)],
  ]) {
    expect(standing(values, config, samples.now, false)).toEqual({ session: true, drift: false, ads: false });
  }
});
