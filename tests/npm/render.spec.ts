/** A widget without a server says what a server would say of it: the module's own code is held to the server's. */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { parse } from 'smol-toml';
import { complaints } from '../e2e/site.ts';
import { applyVariant, look, speaking, type Edits } from '../e2e/variant.ts';
import { expect, test } from './consumer.ts';

/** The demo's widget, as an object; `languages` are spoken besides its own. */
function widget(languages: string[], more: object): object {
  const file: any = parse(readFileSync('widgets/demo.toml', 'utf8'));
  const services = file.services.map((service: any) => ({
    slug: service.slug,
    name: service.name,
    purpose: service.purpose,
    id: service.id,
    version: service.version,
    description: {
      ...service.description,
      ...Object.fromEntries(languages.map((lang) => [lang, 'Does what it says.'])),
    },
    privacyPolicyUrl: service['privacy-policy'],
    cookies: service.cookies,
    domains: service.domains,
    consentMode: service['consent-mode'],
  }));
  const spoken = [...file.languages.slice(0, 1), ...languages, ...file.languages.slice(1)];
  return { services, languages: spoken, signals: { consentMode: true }, ...more };
}

/** What the page keeps of the configuration that was rendered in it. */
async function rendered(page: Page, url: string): Promise<any> {
  await page.goto(url);
  const kept = () => page.evaluate(() => localStorage.getItem('placet-config'));
  await expect.poll(kept).toBeTruthy();
  return JSON.parse((await kept()) as string).config;
}

/** Who it is of, and what follows from wordings, each side names in its own way. */
function said({ id, workSpaceId, versionKey, askKey, purposes, ...config }: any): any {
  const plain = ({ version, ...service }: any) => service;
  return { ...config, purposes: purposes.map((group: any) => ({ ...group, services: group.services.map(plain) })) };
}

for (const [index, [lang, spoken, languages]] of (
  [
    ['en', 'en', []],
    ['fr-CA', 'fr', []],
    ['pt-BR', 'pt', ['pt']],
    ['pt', 'pt-BR', ['pt-BR']],
    ['ja', 'ja', ['ja']],
    ['ar-EG', 'ar', ['ar']],
    ['no', 'nb', ['nb']],
    ['zh-TW', 'en', ['zh']],
    ['zh-Hant-TW', 'en', ['zh-Hans']],
    ['eo', 'en', ['he']],
  ] as const
).entries()) {
  test(`in the language of whoever reads ${lang}, and speaks ${languages.join() || 'nothing more'}`, async ({
    page,
    consumer,
    server,
  }) => {
    const id = 700 + index;
    const errors = complaints(page);
    applyVariant(server, id, languages.length ? speaking(...languages) : []);
    const answer = await fetch(`${server.origin}/v1/widgets/${id}?key=pk_demo&lang=${lang}`, {
      headers: { 'accept-language': 'en-GB', origin: 'http://localhost:1' },
    });
    const options = { config: widget([...languages], {}), lang };
    const url = consumer.page(`/render-${id}`, `await placet.init(${JSON.stringify(options)});`);
    const config = await rendered(page, url);
    expect(config.lang).toBe(spoken);
    expect(said(config)).toEqual(said(await answer.json()));
    expect(errors).toEqual([]);
  });
}

const LOOKS: [toml: string, appearance: object][] = [
  ['layout = "bar"\nposition = "top"', { layout: 'bar', position: 'top' }],
  [
    'position = "end"\nradius = 0\nspace = 8\nbutton-radius = 4',
    { position: 'end', radius: 0, space: 8, buttonRadius: 4 },
  ],
  [
    'layout = "cloud"\ncontinue-without = true\nshadow = "deep"',
    { layout: 'cloud', continueWithout: true, shadow: 'deep' },
  ],
  [
    'preset = "ocean"\nsettings = "panel"\ntrigger = "bottom-end"',
    { preset: 'ocean', settings: 'panel', trigger: 'bottom-end' },
  ],
  [
    'theme = "dark"\npreset = "sand"\nfont = "Inter, sans-serif"',
    { theme: 'dark', preset: 'sand', font: 'Inter, sans-serif' },
  ],
  [
    'theme = "light"\nfont-size = 18\n[appearance.light]\naccent = "#0066CC"\naccent-text = "#FFFFFF"',
    {
      theme: 'light',
      fontSize: 18,
      light: { accent: '#0066CC', accentText: '#FFFFFF' },
    },
  ],
  ['[appearance.dark]\naccent = "#abc"', { dark: { accent: '#abc' } }],
];

for (const [index, [toml, appearance]] of LOOKS.entries()) {
  test(`with a look of its own: ${toml.replaceAll('\n', ', ')}`, async ({ page, consumer, server }) => {
    const id = 750 + index;
    const edits: Edits = look(toml);
    applyVariant(server, id, edits);
    const answer = await fetch(`${server.origin}/v1/widgets/${id}?key=pk_demo&lang=en`, {
      headers: { origin: 'http://localhost:1' },
    });
    const options = { config: widget([], { appearance }) };
    const url = consumer.page(`/look-${id}`, `await placet.init(${JSON.stringify(options)});`);
    const looksOf = ({ appearance, trigger }: any) => ({ appearance, trigger });
    expect(looksOf(await rendered(page, url))).toEqual(looksOf(await answer.json()));
  });
}
