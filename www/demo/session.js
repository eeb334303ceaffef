// What the demo remembers for this tab. Storage may be switched off: then it remembers nothing, quietly.
window.demo = {
  remember(name, value) {
    try {
      sessionStorage.setItem(`demo-${name}`, value);
    } catch {}
  },

  recall(name) {
    try {
      return sessionStorage.getItem(`demo-${name}`);
    } catch {
      return null;
    }
  },

  /** A query parameter, given once and kept for the tab, so that links between the pages need not carry it. */
  parameter(name, accept) {
    const given = accept(new URLSearchParams(location.search).get(name));
    if (given) this.remember(name, given);
    return given ?? accept(this.recall(name));
  },
};
