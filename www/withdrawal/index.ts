/**
 * Withdrawal: what a service declares to keep in the browser is removed wherever this page can reach it. What is set for
 * another path or by another host is out of a page's reach.
 */
import type { Consents } from '../session/consents.ts';
import { cookies } from '../gate/jar.ts';
import { removeCookie } from './cookies.ts';
import { fits } from './pattern.ts';
import { STORES } from './stores.ts';

/** What a service declares of one kind: patterns of names. */
type Patterns = readonly string[];

/** The cookies, and each kind of storage as the browser names it. */
const COOKIES = 'cookies';

/**
 * Removes what services that were withdrawn, named by their slugs, have kept; but not what a granted one declares as well,
 * nor Placet's own. Resolves when all of it is gone, or cannot be removed.
 */
export async function removeKept(withdrawn: readonly string[], consents: Consents): Promise<void> {
  const isGone = (slug: string): boolean => withdrawn.includes(slug);
  const isOurs = (name: string): boolean => name === consents.config.cookie.name || name.startsWith('placet-');
  const remove = (kind: string, names: readonly string[], how: (name: string) => unknown): Promise<unknown> => {
    const gone = declared(consents, isGone, kind);
    const staying = declared(consents, (slug) => consents.grants(slug), kind);
    const found = names.filter((name) => !isOurs(name) && fits(gone, name) && !fits(staying, name));
    return Promise.all(found.map(how));
  };

  const names = cookies().split(/; */);
  await remove(COOKIES, [...new Set(names.map((pair) => pair.split('=', 1)[0] as string))], removeCookie);
  await Promise.all(
    STORES.map(async ({ kind, names, remove: how }) => {
      const gone = declared(consents, isGone, kind);
      // A kind of storage that no service declares is not opened.
      if (gone.length) await remove(kind, await names(gone), how);
    }),
  );
}

/** The patterns that services declare for a kind. */
function declared(consents: Consents, is: (slug: string) => boolean, kind: string): Patterns {
  return consents.services().flatMap(({ slug, cookies, storage = [] }) => {
    if (!is(slug)) return [];
    if (kind === COOKIES) return cookies.map(({ name }) => name);
    return storage.filter((kept) => kept.kind === kind).map(({ key }) => key);
  });
}
