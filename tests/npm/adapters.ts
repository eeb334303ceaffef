/** What the adapters' types promise to those who use them: never run, read by the compiler only. */
import { init } from 'placet';
import { defineGate } from 'placet/element';
import * as react from 'placet/react';
import * as svelte from 'placet/svelte';
import * as vue from 'placet/vue';
import { createElement } from 'react';
import { createApp, h } from 'vue';

const start = () =>
  init({
    config: {
      services: [
        { slug: 'youtube', name: 'YouTube', purpose: 'Preference', description: 'Plays our videos.' },
        { slug: 'drift', name: 'Drift', purpose: 'Marketing', description: 'Lets you chat with us.' },
      ],
    },
  });

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<_ extends true>(): void {}

// React: the slugs are those of the object.
const { ConsentBanner, ConsentGate, useConsent } = react.createConsent(start);
holds<Same<ReturnType<typeof useConsent>, react.CurrentConsent<'youtube' | 'drift'>>>();
createElement(ConsentBanner);
createElement(ConsentGate, { service: 'youtube', fallback: 'Not yet' }, 'A film');
createElement(ConsentGate, { purpose: 'Marketing' });
// @ts-expect-error: there is no such service
createElement(ConsentGate, { service: 'vimeo' });
// @ts-expect-error: there is no such purpose
createElement(ConsentGate, { purpose: 'marketing' });
// @ts-expect-error: a gate waits for something
createElement(ConsentGate, { fallback: 'Not yet' });
// @ts-expect-error: and for one thing
createElement(ConsentGate, { service: 'youtube', purpose: 'Marketing' });
// @ts-expect-error: nor has the state such a service
void useConsent().services.vimeo;
useConsent().consent.on('granted:drift', ({ slug }) => slug);

// With a server the slugs may be told, or be any.
const told = react.createConsent(() => init<'maps'>({ server: 'https://consent.example.com', key: 'pk', widget: 1 }));
createElement(told.ConsentGate, { service: 'maps' });
// @ts-expect-error: there is no such service
createElement(told.ConsentGate, { service: 'youtube' });
const any = react.createConsent(() => init({ server: 'https://consent.example.com', key: 'pk', widget: 1 }));
createElement(any.ConsentGate, { service: 'anything' });

// Vue
const plugin = vue.createConsent(start);
createApp({}).use(plugin);
holds<Same<ReturnType<typeof plugin.useConsent>['value'], vue.CurrentConsent<'youtube' | 'drift'>>>();
h(plugin.ConsentGate, { service: 'youtube' }, { default: () => [h('p')], fallback: () => [] });
h(plugin.ConsentGate, { purpose: 'Marketing' });
// @ts-expect-error: there is no such service
h(plugin.ConsentGate, { service: 'vimeo' });
// @ts-expect-error: what is read is not written
plugin.useConsent().value = plugin.useConsent().value;

// Svelte
const store = svelte.createConsent(start);
store.subscribe(({ services, consent }) => [services.drift, consent.open()]);
// @ts-expect-error: there is no such service
store.subscribe(({ services }) => services.vimeo);

// The element
defineGate(start);
defineGate(start, 'consent-gate');
// @ts-expect-error: an element's name has a hyphen
defineGate(start, 'gate');
