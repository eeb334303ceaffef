import { init } from 'placet';
import { createConsent } from 'placet/react';

// The slugs of the services are those of the widget that the server publishes.
export const { ConsentBanner, ConsentGate, useConsent } = createConsent(() =>
  init<'session' | 'youtube' | 'analytics' | 'drift' | 'google-ads'>({
    server: import.meta.env.VITE_PLACET_SERVER ?? 'http://localhost:8787',
    key: 'pk_demo',
    widget: 43,
  }),
);
