// ?lang=fr: the page says its language before the snippet runs, and the banner follows it.
document.documentElement.lang =
  demo.parameter('lang', (lang) => (['en', 'fr', 'nl'].includes(lang) ? lang : null)) ?? 'en';
