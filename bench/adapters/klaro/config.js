var klaroConfig = {
  version: 1,
  storageMethod: 'cookie',
  acceptAll: true,
  hideDeclineAll: false,
  groupByPurpose: true,
  lang: 'en',
  translations: {
    en: {
      privacyPolicyUrl: '#privacy',
      consentNotice: {
        description:
          'We use cookies and similar technologies to run this site, measure its use, show ads and offer extra functions. You can accept all, reject all or choose.',
        learnMore: 'Customize',
      },
      acceptAll: 'Accept all',
      ok: 'Accept all',
      decline: 'Reject all',
      purposes: { necessary: 'Necessary', analytics: 'Analytics', marketing: 'Marketing', functional: 'Functional' },
    },
  },
  services: [
    { name: 'session', title: 'Session cookie', purposes: ['necessary'], required: true },
    { name: 'csrf', title: 'Security token', purposes: ['necessary'], required: true },
    { name: 'google-analytics', title: 'Google Analytics', purposes: ['analytics'] },
    { name: 'matomo', title: 'Matomo', purposes: ['analytics'] },
    { name: 'google-ads', title: 'Google Ads', purposes: ['marketing'] },
    { name: 'meta-pixel', title: 'Meta Pixel', purposes: ['marketing'] },
    { name: 'youtube', title: 'YouTube', purposes: ['functional'] },
    { name: 'intercom', title: 'Intercom', purposes: ['functional'] },
  ],
};
