/**
 * Withdrawal: the cookies that a service declares are removed wherever this page can reach them. What is set for
 * another path or by another host is out of a page's reach.
 */
import type { Consents } from '../gate/consents.ts';
import type { DeclaredCookie } from '../gate/protocol.ts';

/** Removes the cookies of services that were withdrawn, named by their slugs, but what a granted one declares as well. */
export function removeCookies(withdrawn: readonly string[], consents: Consents): void {
  const cookiesOf = (is: (slug: string) => boolean) =>
    consents.services().flatMap(({ slug, cookies }) => (is(slug) && cookies) || []);
  const gone = cookiesOf((slug) => withdrawn.includes(slug));
  const staying = cookiesOf((slug) => consents.grants(slug));
  for (const name of cookieNames()) {
    if (declares(gone, name) && !declares(staying, name)) removeEverywhere(name);
  }
}

/** Whether one of these is the cookie: by its exact name, or by a prefix that ends in `*`. */
export function declares(cookies: readonly DeclaredCookie[], name: string): boolean {
  return cookies.some((cookie) =>
    cookie.name.endsWith('*') ? name.startsWith(cookie.name.slice(0, -1)) : name === cookie.name,
  );
}

/** Each path that a cookie visible here can have: `/shop/bags` sees `/`, `/shop`, `/shop/`, `/shop/bags`… */
export function paths(pathname: string): string[] {
  const found = ['/'];
  let path = '';
  for (const part of pathname.split('/').filter(Boolean)) {
    path += `/${part}`;
    found.push(path, `${path}/`);
  }
  return found;
}

/** Each domain that a cookie visible here can have: none (this host only), the host, its parents. */
export function domains(hostname: string): string[] {
  const labels = hostname.split('.');
  return ['', ...labels.map((_, index) => labels.slice(index).join('.'))];
}

function cookieNames(): string[] {
  return document.cookie.split(/; */).map((pair) => pair.split('=', 1)[0] as string);
}

function removeEverywhere(name: string): void {
  // Names that begin with `__Secure-` or `__Host-` are not taken without it.
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  for (const path of paths(location.pathname)) {
    for (const domain of domains(location.hostname)) {
      document.cookie = `${name}=; Max-Age=0; Path=${path}${domain && `; Domain=${domain}`}${secure}`;
    }
  }
}
