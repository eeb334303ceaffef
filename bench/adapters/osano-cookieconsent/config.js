(function () {
  var hasRun = false;

  function run() {
    if (hasRun) return;
    hasRun = true;
    var script = document.createElement('script');
    script.text = 'window.analyticsRan = performance.now()';
    document.head.appendChild(script);
  }

  window.cookieconsent.initialise({
    type: 'opt-in',
    position: 'bottom',
    revokable: true,
    palette: {
      popup: { background: '#ffffff', text: '#1b1b1f' },
      button: { background: '#0b4fb3', text: '#ffffff' },
    },
    content: {
      message:
        'We use cookies and similar technologies to run this site, measure its use, show ads and offer extra functions. You can accept all or reject all.',
      allow: 'Accept all',
      deny: 'Reject all',
      link: 'Privacy policy',
      href: '#privacy',
    },
    onInitialise: function () {
      if (this.hasConsented()) run();
    },
    onStatusChange: function () {
      if (this.hasConsented()) run();
    },
  });
})();
