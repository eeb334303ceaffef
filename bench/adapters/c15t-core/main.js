// c15t's core draws nothing: this is its documented recipe for plain DOM, with the shortest usable banner.
import { getOrCreateConsentRuntime } from 'c15t';
import './main.css';

const NAMES = { necessary: 'Necessary', measurement: 'Analytics', marketing: 'Marketing', functionality: 'Functional' };
const categories = Object.keys(NAMES);
const service = (id, category) => ({ id, category, callbackOnly: true, onLoad() {} });

const { consentStore } = getOrCreateConsentRuntime({
  mode: 'offline',
  consentCategories: categories,
  overrides: { country: 'DE', language: 'en' },
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
});

const state = () => consentStore.getState();

function add(html) {
  const holder = document.createElement('div');
  holder.innerHTML = html;
  return document.body.appendChild(holder.firstElementChild);
}

const onClick = (part, role, then) => part.querySelector(`[data-role=${role}]`).addEventListener('click', then);

function addBanner() {
  const banner = add(
    '<section class="cb" id="cb" role="dialog" aria-labelledby="cbt"><h2 id="cbt">We value your privacy</h2><div>We use cookies and similar technologies to run this site, measure its use, show ads and offer extra functions. <a href="#privacy">Privacy policy</a></div><button data-role="all">Accept all</button><button data-role="no">Reject all</button><button data-role="prefs">Customize</button></section>',
  );
  onClick(banner, 'all', () => state().saveConsents('all'));
  onClick(banner, 'no', () => state().saveConsents('necessary'));
  onClick(banner, 'prefs', () => state().setActiveUI('dialog'));
  return banner;
}

function addDialog() {
  const boxes = categories.map((category) => {
    const fixed = category === 'necessary' ? 'checked disabled' : '';
    return `<label><input type="checkbox" name="${category}" ${fixed}> ${NAMES[category]}</label>`;
  });
  const dialog = add(
    `<section class="cb" id="cd" role="dialog" aria-labelledby="cdt"><h2 id="cdt">Privacy preferences</h2>${boxes.join('')}<button data-role="save">Save</button></section>`,
  );
  onClick(dialog, 'save', () => {
    for (const { name, checked } of dialog.querySelectorAll('input:not(:disabled)')) {
      state().setSelectedConsent(name, checked);
    }
    state().saveConsents('custom');
  });
  return dialog;
}

let banner;
let dialog;

function render({ activeUI }) {
  if (activeUI === 'banner') banner ??= addBanner();
  if (activeUI === 'dialog') dialog ??= addDialog();
  if (banner) banner.hidden = activeUI !== 'banner';
  if (dialog) dialog.hidden = activeUI !== 'dialog';
}

consentStore.subscribe(render);
render(state());
