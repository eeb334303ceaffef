/** What the module's types promise to those who use it: never run, read by the compiler only. */
import { type Consent, defineWidget, init, type Proof, type Purpose, type Widget } from 'placet';

/** Whether two types are one. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<_ extends true>(): void {}

const consent = await init({
  config: {
    services: [
      { slug: 'youtube', name: 'YouTube', purpose: 'Preference', description: 'Plays our videos.' },
      { slug: 'drift', name: 'Drift', purpose: 'Marketing', description: { en: 'Chats.', fr: 'Discute.' } },
    ],
    languages: ['en', 'fr'],
    appearance: { layout: 'bar', light: { accent: '#06c' } },
    texts: { fr: { title: 'Vos données' } },
  },
  onProof: async (proof) => proof.idempotencyKey,
});
holds<Same<typeof consent, Consent<'youtube' | 'drift'>>>();

// Slugs are those of the object.
holds<Same<ReturnType<typeof consent.getServiceConsent>, boolean>>();
consent.setServiceConsent('drift', true);
// @ts-expect-error: there is no such service
consent.getServiceConsent('vimeo');
holds<Same<typeof consent.state.services.youtube, boolean | undefined>>();
// @ts-expect-error: nor here
void consent.state.services.vimeo;
for (const { slug } of consent.getAllConsents()) holds<Same<typeof slug, 'youtube' | 'drift'>>();

// Purposes are five.
holds<Same<Purpose, 'Necessary' | 'Preference' | 'Analytical' | 'Marketing' | 'Other'>>();
consent.setPurposeConsent('Analytical', false);
// @ts-expect-error: labels begin with a capital letter
consent.getPurposeConsent('marketing');

// Each event tells its own.
const end = consent.on('updated', (all) => holds<Same<(typeof all)[number]['slug'], 'youtube' | 'drift'>>());
holds<Same<typeof end, () => void>>();
consent.on('granted:youtube', ({ name, slug }) => [name.length, slug]);
consent.on('error', ({ message }) => message.length, { once: true, signal: new AbortController().signal });
consent.on('shown', (nothing) => holds<Same<typeof nothing, undefined>>());
// @ts-expect-error: there is no such service
consent.on('granted:vimeo', () => {});
// @ts-expect-error: there is no such event
consent.on('closed', () => {});
for await (const { decided, purposes } of consent)
  holds<Same<[typeof decided, typeof purposes.Other], [boolean, boolean]>>();

// State is read, not written.
// @ts-expect-error
consent.state.decided = true;
// @ts-expect-error
consent.consentId = null;

// With a server the slugs may be told.
const any = await init({ server: 'https://consent.example.com', key: 'pk_shop', widget: 43 });
holds<Same<typeof any, Consent<string>>>();
const told = await init<'youtube'>({ server: 'https://consent.example.com', key: 'pk_shop', widget: '43', lang: 'fr' });
// @ts-expect-error: there is no such service
told.getServiceConsent('drift');
// @ts-expect-error: a key is missing
void init({ server: 'https://consent.example.com', widget: 43 });
// @ts-expect-error: onProof is for widgets without a server
void init({ server: 'https://consent.example.com', key: 'pk_shop', widget: 43, onProof: () => {} });
// @ts-expect-error: a widget asks for something
void init({ config: { services: [] } });
// @ts-expect-error: there is no such purpose
void init({ config: { services: [{ slug: 'a', name: 'A', purpose: 'Ads', description: '' }] } });

// An object that is written elsewhere keeps its slugs.
const widget = defineWidget({
  services: [{ slug: 'maps', name: 'Maps', purpose: 'Preference', description: 'Shows where we are.' }],
});
const elsewhere = await init({ config: widget });
holds<Same<typeof elsewhere, Consent<'maps'>>>();
const plain: Widget = widget;
void plain;

// A proof names every service with its answer.
const take = ({ sessionId, consents: { cookieConsents } }: Proof): [string, boolean | undefined] => {
  return [sessionId, cookieConsents[0]?.consent];
};
void take;
// @ts-expect-error: a promise of a number is no identifier
void init({ config: widget, onProof: async () => 43 });
