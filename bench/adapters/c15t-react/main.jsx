import { createRoot } from 'react-dom/client';
import { ConsentManagerProvider, ConsentBanner, ConsentDialog } from '@c15t/react';
import '@c15t/react/styles.css';

const service = (id, category) => ({ id, category, callbackOnly: true, onLoad() {} });

const options = {
  mode: 'offline',
  consentCategories: ['necessary', 'measurement', 'marketing', 'functionality'],
  overrides: { country: 'DE', language: 'en' },
  legalLinks: { privacyPolicy: { href: '#privacy', target: '_self' } },
  scripts: [
    service('session', 'necessary'),
    service('csrf', 'necessary'),
    { id: 'google-analytics', category: 'measurement', textContent: 'window.analyticsRan = performance.now()' },
    service('matomo', 'measurement'),
    service('google-ads', 'marketing'),
    service('meta-pixel', 'marketing'),
    service('youtube', 'functionality'),
    service('intercom', 'functionality'),
  ],
};

createRoot(document.getElementById('root')).render(
  <ConsentManagerProvider options={options}>
    <ConsentBanner />
    <ConsentDialog />
  </ConsentManagerProvider>,
);
