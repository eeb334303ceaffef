/** A page that is not painted, in the background or covered, waits no longer than this, in milliseconds. */
const LONGEST = 250;

/** After the next paint; at once if the page goes first, so that what follows is still done. */
export function painted(): Promise<void> {
  return new Promise((done) => {
    addEventListener('pagehide', () => done(), { once: true });
    setTimeout(done, LONGEST);
    requestAnimationFrame(() => setTimeout(done));
  });
}
