// ?trackers=http://127.0.0.1:PORT: where the tracker host listens when it isn't on its usual port.
// Runs right after the marked-up trackers and before the snippet. Loopback only: a link to the demo
// must never be able to bring in someone else's script.
(() => {
  const USUAL = 'http://127.0.0.1:8788';

  const loopbackOrigin = (text) => {
    if (!text || !URL.canParse(text)) return null;
    const url = new URL(text);
    const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
    return url.protocol === 'http:' && loopback ? url.origin : null;
  };

  demo.trackerOrigin = demo.parameter('trackers', loopbackOrigin) ?? USUAL;

  for (const tracker of document.querySelectorAll(`[data-src^="${USUAL}/"]`)) {
    tracker.dataset.src = tracker.dataset.src.replace(USUAL, demo.trackerOrigin);
  }
})();
