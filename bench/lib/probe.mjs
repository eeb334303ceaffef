/** What is measured inside of the page. */

/**
 * Runs in every page before its own scripts; what it finds is in `window.bench`. With a `banner` (a selector; ` >>> `
 * enters an open shadow root) it also waits for that banner to be painted. Sent to the page as text: it uses nothing
 * from around it.
 */
export function probe({ banner }) {
  if (window.top !== window) return;
  const bench = {
    painted: null, // when the banner was, ms from the start of the navigation
    firstContentfulPaint: 0,
    largestContentfulPaint: 0,
    layoutShift: 0,
    blocking: 0, // of each long task what is beyond 50 ms
    interactions: [], // of 16 ms and more
    firstInput: null, // of any length
  };
  window.bench = bench;

  const observe = (type, take, options) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...options });
  observe('paint', ({ name, startTime }) => {
    if (name === 'first-contentful-paint') bench.firstContentfulPaint = startTime;
  });
  observe('largest-contentful-paint', ({ startTime }) => (bench.largestContentfulPaint = startTime));
  observe('layout-shift', ({ hadRecentInput, value }) => (bench.layoutShift += hadRecentInput ? 0 : value));
  observe('longtask', ({ duration }) => (bench.blocking += Math.max(0, duration - 50)));
  observe('first-input', ({ duration }) => (bench.firstInput = duration));
  const keep = ({ interactionId, duration }) => interactionId && bench.interactions.push(duration);
  observe('event', keep, { durationThreshold: 16 });

  bench.find = (selector) =>
    selector.split(' >>> ').reduce((found, part, index) => {
      const root = index ? found?.shadowRoot : document;
      return root?.querySelector(part) ?? null;
    }, null);

  /** How much of an element can be seen: its opacity, or 0 if less than half of it is within the window. */
  bench.visibility = (element) => {
    if (!element?.isConnected) return 0;
    const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
    const shownWidth = Math.max(0, Math.min(right, innerWidth) - Math.max(left, 0));
    const shownHeight = Math.max(0, Math.min(bottom, innerHeight) - Math.max(top, 0));
    const area = Math.min(width * height, innerWidth * innerHeight);
    if (!area || shownWidth * shownHeight < area / 2 || getComputedStyle(element).visibility !== 'visible') return 0;
    let opacity = 1;
    for (let node = element; node; node = node.parentElement ?? node.getRootNode().host) {
      opacity *= Number(getComputedStyle(node).opacity);
    }
    return opacity;
  };

  if (banner) whenThere(() => requestAnimationFrame(awaitPaint));

  // No frame is spent on looking for the banner: observers of the document and of its shadow root say when it is there.
  function whenThere(found) {
    const changes = {
      childList: true,
      subtree: true,
      attributes: true,
      attributeFilter: ['class', 'id', 'style', 'hidden', 'open', 'role', 'part', 'data-testid'],
    };
    const host = banner.includes(' >>> ') && banner.split(' >>> ')[0];
    let entered = null;
    const check = () => {
      const root = host && document.querySelector(host)?.shadowRoot;
      if (root && root !== entered) enter(root);
      if (!bench.find(banner)) return;
      observer.disconnect();
      found();
    };
    const enter = (root) => observer.observe((entered = root), changes);
    const observer = new MutationObserver(check);
    observer.observe(document, changes);
    if (!host) return;
    // A root that is filled before its host comes into the page is not missed.
    const { attachShadow } = Element.prototype;
    Element.prototype.attachShadow = function (options) {
      const root = attachShadow.call(this, options);
      if (root.mode === 'open' && !bench.find(banner)) observer.observe(root, changes);
      return root;
    };
  }

  // A task that is posted in a frame runs once that frame has been handed over to be painted.
  function awaitPaint() {
    if (bench.visibility(bench.find(banner)) <= 0.01) return void requestAnimationFrame(awaitPaint);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => (bench.painted = performance.now());
    port2.postMessage(null);
  }
}
