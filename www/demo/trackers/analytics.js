// A stand-in for an audience measurement script: a two-year identifier and a page view sent home.
(() => {
  const home = new URL(document.currentScript.src).origin;

  const stored = /(?:^|; )_ga=([^;]*)/.exec(document.cookie)?.[1];
  const visitor = stored ?? `GA1.1.${Math.floor(Math.random() * 2 ** 31)}.${Math.floor(Date.now() / 1000)}`;
  document.cookie = `_ga=${visitor}; Path=/; Max-Age=${2 * 365 * 86400}; SameSite=Lax`;

  const pageView = new URLSearchParams({
    v: '2',
    en: 'page_view',
    cid: visitor,
    dl: location.href,
    dt: document.title,
  });
  fetch(`${home}/collect?${pageView}`, { mode: 'no-cors', keepalive: true }).catch(() => {});
})();
