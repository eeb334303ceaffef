/** The cookies that a page can see and set. */
import type { CookieSettings } from './protocol.ts';
import { doc, own } from './dom.ts';

/** What only the cookie store has shown. */
let stored = '';

/** The page's cookies, as `document.cookie` has them; none where the page may have none (a sandboxed frame). */
export function cookies(): string {
  try {
    return doc.cookie || stored;
  } catch {
    return '';
  }
}

/**
 * Looks into the cookie store where no cookie is seen: Chromium shows none in `document.cookie` if a single byte of one
 * of them is not UTF-8.
 */
export async function findCookies(): Promise<void> {
  if (cookies()) return;
  const found =
    (await own('cookieStore')
      ?.getAll()
      .catch(() => {})) ?? [];
  stored = found.map(({ name, value }) => `${name}=${value}`).join('; ');
}

/** Sets a cookie by its line (RFC 6265, 4.1.1). */
export function setCookie(line: string): void {
  doc.cookie = line;
  stored = '';
}

/** Sets the cookie of a choice, for so many seconds. */
export function setChoice({ name, domain }: CookieSettings, value: string, age: number): void {
  // Names that begin with `__Secure-` or `__Host-` are not taken without it, not even to be removed (RFC 6265bis, 4.1.3).
  const more = (domain ? `; Domain=${domain}` : '') + (location.protocol === 'https:' ? '; Secure' : '');
  setCookie(`${name}=${value}; Path=/; SameSite=Lax; Max-Age=${age}${more}`);
}

/** Removes the cookie of a choice: on the next page the visitor is asked. */
export function removeCookie(cookie: CookieSettings): void {
  for (const domain of ['', cookie.domain]) setChoice({ ...cookie, domain: domain! }, '', 0);
}
