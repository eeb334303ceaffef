/** The widget's other sites. */

/** Whether an address is of one of these origins, and not of this page's. A `*` in the place of the port is any port. */
export function isUrlOf(url: string, origins: string[]): boolean {
  const { origin } = new URL(url, location.href);
  const fits = (allowed: string): boolean =>
    allowed === origin || (allowed.endsWith(':*') && origin.replace(/:\d+$/, '') === allowed.slice(0, -2));
  return origin !== location.origin && origins.some(fits);
}
