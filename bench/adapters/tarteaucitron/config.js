window.tarteaucitronForceLanguage = 'en';

tarteaucitron.init({
  privacyUrl: '#privacy',
  bodyPosition: 'top',
  hashtag: '#tarteaucitron',
  cookieName: 'tarteaucitron',
  orientation: 'bottom',
  groupServices: true,
  showDetailsOnClick: true,
  serviceDefaultState: 'wait',
  showAlertSmall: false,
  cookieslist: false,
  showIcon: false,
  adblocker: false,
  DenyAllCta: true,
  AcceptAllCta: true,
  highPrivacy: true,
  alwaysNeedConsent: false,
  handleBrowserDNTRequest: false,
  removeCredit: true,
  moreInfoLink: false,
  useExternalCss: false,
  useExternalJs: false,
  mandatory: true,
  mandatoryCta: true,
  googleConsentMode: false,
  bingConsentMode: false,
  pianoConsentMode: false,
});

(function () {
  function service(key, name, type, run, isNecessary) {
    tarteaucitron.services[key] = {
      key: key,
      type: type,
      name: name,
      needConsent: !isNecessary,
      cookies: [],
      js: run || function () {},
      fallback: function () {},
    };
    (tarteaucitron.job = tarteaucitron.job || []).push(key);
  }

  function analytics() {
    var script = document.createElement('script');
    script.text = 'window.analyticsRan = performance.now()';
    document.head.appendChild(script);
  }

  service('benchsession', 'Session cookie', 'other', null, true);
  service('benchcsrf', 'Security token', 'other', null, true);
  service('benchga', 'Google Analytics', 'analytic', analytics);
  service('benchmatomo', 'Matomo', 'analytic');
  service('benchads', 'Google Ads', 'ads');
  service('benchmeta', 'Meta Pixel', 'ads');
  service('benchyoutube', 'YouTube', 'video');
  service('benchintercom', 'Intercom', 'support');
})();
