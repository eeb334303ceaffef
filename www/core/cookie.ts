/** Whether the choice's cookie was kept. */
import { cookieValues } from '../gate/cookie.ts';
import { cookies, findCookies } from '../gate/jar.ts';

/** Whether the browser has a cookie of this name and value. */
export async function isKept(name: string, value: string): Promise<boolean> {
  const isThere = (): boolean => cookieValues(cookies(), name).includes(value);
  if (isThere()) return true;
  await findCookies();
  return isThere();
}
