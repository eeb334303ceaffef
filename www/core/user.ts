/** The site's name for the visitor, as far as a server takes it. */
import { report } from '../gate/report.ts';

/** An at sign, also full-width, small or escaped: the server takes such a name for an e-mail address. */
const AT = /[@\uff20\ufe6b]|%40|&#(64|x40);|&commat;/i;

/** The name, unless the server would refuse the proof for it: one without a name is better than none. */
export function sentUserId(name: string | undefined): string | undefined {
  if (!name || (/^\P{Cc}{1,128}$/u.test(name) && !AT.test(name))) return name || undefined;
  report('userId is not sent: it has more than 128 characters or control characters, or looks like an e-mail address');
}
