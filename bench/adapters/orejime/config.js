window.orejimeConfig = {
  privacyPolicyUrl: '#privacy',
  translations: {
    banner: {
      accept: 'Accept all',
      decline: 'Reject all',
      configure: 'Customize',
      description:
        'We use cookies and similar technologies to run this site, measure its use, show ads and offer extra functions. You can accept all, reject all or choose. {purposes}',
    },
  },
  purposes: [
    {
      id: 'necessary',
      title: 'Necessary',
      description: 'Needed to run the site.',
      purposes: [
        { id: 'session', title: 'Session cookie', cookies: [], isMandatory: true },
        { id: 'csrf', title: 'Security token', cookies: [], isMandatory: true },
      ],
    },
    {
      id: 'analytics',
      title: 'Analytics',
      description: 'Helps us measure how the site is used.',
      purposes: [
        { id: 'google-analytics', title: 'Google Analytics', cookies: [] },
        { id: 'matomo', title: 'Matomo', cookies: [] },
      ],
    },
    {
      id: 'marketing',
      title: 'Marketing',
      description: 'Used to show relevant ads.',
      purposes: [
        { id: 'google-ads', title: 'Google Ads', cookies: [] },
        { id: 'meta-pixel', title: 'Meta Pixel', cookies: [] },
      ],
    },
    {
      id: 'functional',
      title: 'Functional',
      description: 'Videos, chat and other extra functions.',
      purposes: [
        { id: 'youtube', title: 'YouTube', cookies: [] },
        { id: 'intercom', title: 'Intercom', cookies: [] },
      ],
    },
  ],
};
