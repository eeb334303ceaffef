/** What a visitor is shown of a widget that has no server: what `server/src/widget/render.rs` makes of a file. */
import { PURPOSES } from '../../../www/gate/names.ts';
import type { PurposeConfig, ServiceConfig, Texts, WidgetConfig } from '../../../www/gate/protocol.ts';
import type { Localized, Service, Widget } from '../types.ts';
import { shown } from './appearance.ts';
import { check } from './check.ts';
import { identifier } from './identifier.ts';
import { isRightToLeft, negotiate, primary } from './language.ts';
import { trigger } from './trigger.ts';
import { type Words, wordsOf } from './words.ts';

declare const BUILD: string;

/**
 * A widget in the language that a visitor reads best; `wanted` are the tags of those that they read, best first. Rejects
 * with an `Error` that names every fault of the widget.
 */
export async function render(widget: Widget, wanted: readonly string[]): Promise<WidgetConfig> {
  check(widget);
  const languages = widget.languages ?? ['en'];
  const lang = negotiate(wanted, languages) ?? languages[0];
  const words = await wordsOf(widget, lang);
  const services = widget.services.map((service) => ({ service, rendered: renderService(service, lang) }));
  const purposes: PurposeConfig[] = PURPOSES.flatMap((label, purpose) => {
    const own = services.filter(({ service }) => service.purpose === label).map(({ rendered }) => rendered);
    return own.length ? { purpose, ...words.purposes[label], services: own } : [];
  });
  const appearance = shown(widget.appearance ?? {});
  const policyUrl = widget.policyUrl && localized(widget.policyUrl, lang);
  const config: WidgetConfig = {
    id: 0,
    workSpaceId: 0,
    versionKey: identifier(JSON.stringify([BUILD, widget])),
    askKey: askKey(widget, purposes),
    lang,
    ...(isRightToLeft(lang) && { rtl: true }),
    texts: shownTexts(words.texts, purposes, lang),
    ...(policyUrl && { policyUrl }),
    cookie: { name: 'euconsent', days: 180, ...widget.cookie },
    purposes,
    signals: { ...widget.signals },
    ...(appearance && { appearance }),
    ...(widget.reloadOnWithdrawal && { reloadOnWithdrawal: true }),
  };
  const button = trigger(config, widget.appearance?.trigger);
  return { ...config, ...(button && { trigger: button }) };
}

/** Names what is asked for: while it stays the same, a choice stands. */
function askKey({ revision }: Widget, purposes: readonly PurposeConfig[]): string {
  if (revision !== undefined) return identifier(JSON.stringify([revision]));
  const asked = purposes.filter(({ purpose }) => purpose !== 0);
  const said = asked.flatMap(({ purpose, services }) =>
    services.map(({ id, slug, version }) => [slug, id, version, purpose].join()),
  );
  return identifier(said.sort().join('\n'));
}

/**
 * The texts, with what is asked for in its place: the first layer has to say it, purpose by purpose (CNIL recommendation
 * of 17 September 2020, §23).
 */
function shownTexts(texts: Words['texts'], purposes: readonly PurposeConfig[], lang: string): Texts {
  const names = purposes.filter(({ purpose }) => purpose !== 0).map(({ name }) => name);
  const comma = { ja: '、', zh: '、', ar: '، ' }[primary(lang)] ?? ', ';
  return { ...texts, text: texts.text.replaceAll('{purposes}', () => names.join(comma)) };
}

function renderService(service: Service, lang: string): ServiceConfig {
  const { slug, name, purpose, description, privacyPolicyUrl, logoUrl } = service;
  const { cookies = [], storage = [], domains = [], consentMode = [] } = service;
  const id = service.id ?? identifier(slug);
  const said = [id, name, purpose, description, privacyPolicyUrl, cookies, storage, domains, consentMode];
  return {
    id,
    version: service.version ?? identifier(JSON.stringify(said)),
    slug,
    name,
    description: localized(description, lang) ?? '',
    defaultConsent: purpose === 'Necessary' || !!service.defaultConsent,
    ...(privacyPolicyUrl && { privacyPolicyUrl }),
    ...(logoUrl && { logoUrl }),
    cookies: [...cookies],
    ...(storage.length && { storage: [...storage] }),
    ...(domains.length && { domains: [...domains] }),
    consentMode: [...consentMode],
  };
}

const localized = (text: Localized, lang: string): string | undefined => (typeof text === 'string' ? text : text[lang]);
