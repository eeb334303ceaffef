// The shop itself: the basket, and the link that brings the cookie settings back.
window.placet = window.placet || [];

for (const link of document.querySelectorAll('[data-open-settings]')) {
  link.addEventListener('click', () => window.placet.push((manager) => manager.open()));
}

const basketCount = document.querySelector('[data-basket]');
basketCount.value = demo.recall('basket') ?? '0';
for (const button of document.querySelectorAll('[data-add-to-basket]')) {
  button.addEventListener('click', () => {
    basketCount.value = String(Number(basketCount.value) + 1);
    demo.remember('basket', basketCount.value);
  });
}

for (const link of document.querySelectorAll('[hreflang]')) {
  if (link.hreflang === document.documentElement.lang) link.setAttribute('aria-current', 'true');
}
