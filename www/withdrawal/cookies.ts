/** Cookies are removed under each path and domain, and each kind of jar, that a cookie visible here can have. */
import { setCookie } from '../gate/jar.ts';

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

/**
 * A cookie that is `Secure`, or whose name begins with `__Secure-` or `__Host-`, is not taken without `Secure`; one that is
 * `Partitioned` is another cookie than the one of the same name that is not (CHIPS, 2.3).
 */
const JARS = ['', '; Secure', '; Secure; Partitioned'];

/** Removes a cookie wherever it may have been set. */
export function removeCookie(name: string): void {
  for (const path of paths(location.pathname)) {
    for (const domain of domains(location.hostname)) {
      for (const jar of JARS) setCookie(`${name}=; Max-Age=0; Path=${path}${domain && `; Domain=${domain}`}${jar}`);
    }
  }
}
