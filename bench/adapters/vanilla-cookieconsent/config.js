CookieConsent.run({
  hideFromBots: false, // its default hides the banner when navigator.webdriver is true (every automated browser)
  guiOptions: { consentModal: { layout: 'box', position: 'bottom left' } },
  categories: {
    necessary: {
      enabled: true,
      readOnly: true,
      services: { session: { label: 'Session cookie' }, csrf: { label: 'Security token' } },
    },
    analytics: { services: { 'Google Analytics': { label: 'Google Analytics' }, matomo: { label: 'Matomo' } } },
    marketing: { services: { googleAds: { label: 'Google Ads' }, metaPixel: { label: 'Meta Pixel' } } },
    functional: { services: { youtube: { label: 'YouTube' }, intercom: { label: 'Intercom' } } },
  },
  language: {
    default: 'en',
    translations: {
      en: {
        consentModal: {
          title: 'We value your privacy',
          description:
            'We use cookies and similar technologies to run this site, measure its use, show ads and offer extra functions. You can accept all, reject all or choose.',
          acceptAllBtn: 'Accept all',
          acceptNecessaryBtn: 'Reject all',
          showPreferencesBtn: 'Customize',
          footer: '<a href="#privacy">Privacy policy</a>',
        },
        preferencesModal: {
          title: 'Privacy preferences',
          acceptAllBtn: 'Accept all',
          acceptNecessaryBtn: 'Reject all',
          savePreferencesBtn: 'Save',
          closeIconLabel: 'Close',
          serviceCounterLabel: 'Service|Services',
          sections: [
            { title: 'Necessary', description: 'Needed to run the site.', linkedCategory: 'necessary' },
            { title: 'Analytics', description: 'Helps us measure how the site is used.', linkedCategory: 'analytics' },
            { title: 'Marketing', description: 'Used to show relevant ads.', linkedCategory: 'marketing' },
            {
              title: 'Functional',
              description: 'Videos, chat and other extra functions.',
              linkedCategory: 'functional',
            },
          ],
        },
      },
    },
  },
});
