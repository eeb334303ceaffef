// The tester's panel: what is kept in the browser, what was said to the page, what reached the trackers.
// Loaded before the snippet, so that no event escapes it.
(() => {
  const COOKIE = 'euconsent';
  const RECEIPT = 'placet-consent-id';
  const SERVICES = ['session', 'youtube', 'analytics', 'drift', 'google-ads'];
  const EVENTS = [
    ...SERVICES.flatMap((slug) => [`placet:consent:${slug}`, `placet:refused:${slug}`]),
    'placet:consents:ready',
    'placet:consents:updated',
    'placet:consents:all_accepted',
    'placet:consents:any_refused',
    'placet:banner:shown',
    'placet:banner:hidden',
    'placet:error',
  ];
  const TRACKER_COOKIES = /^(_ga.*|_gid|driftt_aid)$/;
  const DAY = 86_400_000;
  const LONGEST_LIFE = 180 * DAY;
  const EVENTS_KEPT = 100;
  const SLOWEST_POLL = 30_000;

  window.placet = window.placet || [];

  const part = (demo, name) => document.querySelector(`[data-demo="${demo}"] [data-part="${name}"]`);
  const hook = (demo) => document.querySelector(`[data-demo="${demo}"]`);

  // Writing only what changed keeps a tester's text selection alive from one second to the next.
  const write = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };

  const element = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  // ---- Events ----

  const waiting = [];
  const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

  for (const name of EVENTS) {
    window.addEventListener(name, ({ detail }) => {
      waiting.push({ name, at: new Date(), text: describe(name, detail) });
      if (document.readyState !== 'loading') refresh();
    });
  }

  function describe(name, detail) {
    if (name === 'placet:error') return String(detail?.message ?? 'no message');
    if (!name.startsWith('placet:consents:') || detail == null) return '';
    try {
      return JSON.stringify(detail);
    } catch {
      return String(detail);
    }
  }

  function drawEvents() {
    const list = hook('events');
    for (const { name, at, text } of waiting.splice(0)) {
      const row = element(
        'li',
        {},
        element('time', { dateTime: at.toISOString(), textContent: clock.format(at) }),
        element('code', { textContent: name }),
      );
      row.dataset.event = name;
      if (text) row.append(element('span', { textContent: text }));
      list.prepend(row);
    }
    while (list.children.length > EVENTS_KEPT) list.lastChild.remove();
  }

  // ---- The cookie ----

  function cookies() {
    try {
      const pairs = document.cookie.split('; ').filter(Boolean);
      return new Map(
        pairs.map((pair) => {
          const [name, ...value] = pair.split('=');
          return [name, value.join('=')];
        }),
      );
    } catch {
      return new Map();
    }
  }

  function decode(text) {
    try {
      const value = JSON.parse(decodeURIComponent(text));
      return value && typeof value === 'object' && !Array.isArray(value) ? value : null;
    } catch {
      return null;
    }
  }

  // Not every browser tells a page when its cookie ends: then the time of the answer gives the most it can be.
  async function cookieLife(choice) {
    const kept = await window.cookieStore?.get(COOKIE).catch(() => null);
    if (kept?.expires) return `Kept for ${span(kept.expires - Date.now())} more.`;
    const answeredAt = choice.$t * 1000;
    return answeredAt ? `Kept for at most ${span(answeredAt + LONGEST_LIFE - Date.now())} more.` : 'Kept.';
  }

  function meaning(key, value) {
    if (key === '$t') return `answered ${new Date(value * 1000).toLocaleString('en-GB')}`;
    if (key === '$v') return `version ${value}`;
    return { true: 'granted', false: 'refused' }[value] ?? String(value);
  }

  async function drawCookie() {
    const raw = cookies().get(COOKIE);
    const choice = raw === undefined ? null : decode(raw);

    let state = 'Not there: the visitor is asked.';
    if (choice) state = await cookieLife(choice);
    else if (raw !== undefined) state = 'Unreadable: it counts as no choice.';
    write(part('cookie', 'state'), state);
    write(part('cookie', 'raw'), raw ?? '');

    const list = part('cookie', 'choices');
    const shown = JSON.stringify(choice);
    if (list.dataset.shown === shown) return;
    list.dataset.shown = shown;
    list.replaceChildren(
      ...Object.entries(choice ?? {}).map(([key, value]) => {
        const text = meaning(key, value);
        const className = typeof value === 'boolean' ? text : '';
        return element(
          'li',
          {},
          element('code', { textContent: key }),
          ' ',
          element('span', { className, textContent: text }),
        );
      }),
    );
  }

  // ---- The receipt ----

  function readReceipt() {
    let text;
    try {
      text = localStorage.getItem(RECEIPT);
    } catch {
      return { state: 'Storage is switched off here.' };
    }
    if (text === null) return { state: 'Not there: no proof was acknowledged in this browser.' };
    const { consentId, expiresAt } = decode(text) ?? {};
    const left = Date.parse(expiresAt) - Date.now();
    if (typeof consentId !== 'string' || Number.isNaN(left)) return { state: 'Unreadable: it counts as none.' };
    return {
      state: left > 0 ? `Kept for ${span(left)} more.` : 'Past its time: removed at the next visit.',
      consentId,
    };
  }

  function drawReceipt() {
    const { state, consentId } = readReceipt();
    write(part('receipt', 'state'), state);
    write(part('receipt', 'id'), consentId ?? '');
    part('receipt', 'how').hidden = !consentId;
    write(part('receipt', 'command'), consentId ? `placet-server proof show ${consentId}` : '');
  }

  function span(milliseconds) {
    const days = milliseconds / DAY;
    if (days >= 2) return `${Math.round(days)} days`;
    return days > 1 / 24 ? `${Math.round(days * 24)} hours` : `${Math.ceil(days * 1440)} minutes`;
  }

  // ---- What reached the tracker host ----

  let pollDelay = 1000;
  let pollTimer;

  async function poll() {
    clearTimeout(pollTimer);
    if (!watching()) return;
    try {
      const answer = await fetch(`${demo.trackerOrigin}/log`, { cache: 'no-store' });
      drawHits(await answer.json());
      pollDelay = 1000;
    } catch {
      write(part('hits', 'state'), `No tracker host answers on ${demo.trackerOrigin}.`);
      pollDelay = Math.min(pollDelay * 2, SLOWEST_POLL);
    }
    clearTimeout(pollTimer);
    pollTimer = setTimeout(poll, pollDelay);
  }

  const watching = () => !document.hidden && document.querySelector('.panel details').open;

  function drawHits({ total, byPath }) {
    write(
      part('hits', 'state'),
      total === 0 ? 'Nothing so far.' : `${total} ${total === 1 ? 'request' : 'requests'} in all.`,
    );
    const paths = part('hits', 'paths');
    for (const path of Object.keys(byPath)) {
      if (!paths.querySelector(`[data-hits="${CSS.escape(path)}"]`)) addPath(paths, path);
    }
    for (const count of paths.querySelectorAll('[data-hits]')) {
      const requests = byPath[count.dataset.hits] ?? 0;
      write(count, String(requests));
      count.parentElement.classList.toggle('none', requests === 0);
    }
  }

  function addPath(paths, path) {
    const count = element('dd');
    count.dataset.hits = path;
    paths.append(element('div', {}, element('dt', {}, element('code', { textContent: path })), count));
  }

  function drawTrackerCookies() {
    const names = [...cookies().keys()].filter((name) => TRACKER_COOKIES.test(name));
    write(part('hits', 'cookies'), `Tracker cookies in this page: ${names.join(', ') || 'none'}.`);
  }

  // ---- Buttons ----

  function removeCookie(name) {
    for (const domain of ['', `; Domain=${location.hostname}`]) {
      document.cookie = `${name}=; Path=/; Max-Age=0; SameSite=Lax${domain}`;
    }
  }

  function forgetStored(storage) {
    for (const key of Object.keys(storage)) {
      if (key.startsWith('placet-')) storage.removeItem(key);
    }
  }

  function say(text, offerReload) {
    write(hook('status'), text);
    hook('reload').hidden = !offerReload;
    refresh();
  }

  const ACTIONS = {
    'delete-cookie'() {
      removeCookie(COOKIE);
      say('The cookie is deleted: reload to be asked again.', true);
    },
    forget() {
      removeCookie(COOKIE);
      [...cookies().keys()].filter((name) => TRACKER_COOKIES.test(name)).forEach(removeCookie);
      try {
        forgetStored(localStorage);
        forgetStored(sessionStorage);
      } catch {} // Storage is switched off: there is nothing to forget.
      say('All forgotten: reload to be asked again.', true);
    },
    reload: () => location.reload(),
    settings() {
      window.placet.push((manager) => manager.open());
      say(window.placet.manager ? '' : 'Placet hasn’t answered yet: the settings open once it does.', false);
    },
    async 'clear-hits'() {
      await fetch(`${demo.trackerOrigin}/log`, { method: 'DELETE' }).catch(() => {});
      poll();
    },
  };

  // ---- Living with the page ----

  function refresh() {
    drawEvents();
    drawReceipt();
    drawTrackerCookies();
    return drawCookie();
  }

  document.addEventListener('DOMContentLoaded', () => {
    for (const [demo, act] of Object.entries(ACTIONS)) hook(demo).addEventListener('click', act);
    document.addEventListener('visibilitychange', poll);
    document.querySelector('.panel details').addEventListener('toggle', poll);
    window.cookieStore?.addEventListener('change', refresh);
    setInterval(() => watching() && refresh(), 1000);
    refresh();
    poll();
  });
})();
