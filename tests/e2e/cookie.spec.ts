/** The cookie as the gate reads and writes it, on the samples that the server is held to as well. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { cookieValues, encode, newestOf, standing } from '../../www/gate/cookie.ts';
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

test('a kept configuration makes nothing necessary that the cookie refuses', () => {
  const refused = JSON.stringify({
    ...{ session: true, drift: false, ads: false, $v: samples.widget.askKey, $t: samples.now },
  });
  const raised = {
    ...config,
    purposes: [group(0, ['session', 'drift']), group(3, ['ads'])],
  } as unknown as WidgetConfig;
  expect(standing([refused], raised, samples.now, false)).toMatchObject({ drift: true });
  expect(standing([refused], raised, samples.now, false, true)).toBeUndefined();
  expect(standing([refused], config, samples.now, false, true)).toMatchObject({ drift: false });
});

for (const { about, choice, askKey, at, signalled, name, value } of samples.written) {
  test(`a cookie is written as the server writes it: ${about}`, () => {
    expect(encode(name, choice, askKey, at, signalled, false)).toBe(value);
  });
}

test('a choice whose proof is still to be made says so, and means the same', () => {
  const choice = { session: true, drift: false, ads: false };
  const value = encode('euconsent', choice, samples.widget.askKey, samples.now, false, true);
  expect(newestOf([value])?.$p).toBe(true);
  expect(standing([value], config, samples.now, false)).toEqual(choice);
  // Written again once the proof is made, it is that one which counts, wherever the other was left.
  const proven = encode('euconsent', choice, samples.widget.askKey, samples.now, false, false);
  for (const values of [
    [value, proven],
    [proven, value],
  ]) {
    expect(newestOf(values)?.$p).toBeUndefined();
  }
});

test('a long choice is written in fewer characters, and means the same', () => {
  const slugs = Array.from({ length: 180 }, (_, index) => `service-${index}`);
  const long = { ...config, purposes: [group(3, slugs)] } as unknown as WidgetConfig;
  const choice = Object.fromEntries(slugs.map((slug) => [slug, false]));
  const value = encode('euconsent', choice, samples.widget.askKey, samples.now, true, true);
  expect(`euconsent=${value}`.length).toBeLessThanOrEqual(4096);
  expect(standing([value], long, samples.now, true)).toEqual(choice);
});
