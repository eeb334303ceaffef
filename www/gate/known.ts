/** What the server knew of the widget when it sent the gate. It follows from the snippet's address alone. */
import type { Domains } from './autoblock.ts';
import type { FirstLayer } from './protocol.ts';

/** `Known` in `server/src/http/gate.rs`. */
export interface KnownWidget {
  /** What automatic blocking holds. */
  domains?: Domains;
  /** Matches the origins that may show the banner: a regular expression. Without a banner there is none. */
  origins?: string;
  /** The first layer, in the language that the snippet asks for or else in the widget's first. */
  banner?: FirstLayer;
}

/** The first layer that came with the gate, if this page's origin may show it: a cache may have sent it to any page. */
export const allowedBanner = ({ banner, origins }: KnownWidget): FirstLayer | undefined =>
  RegExp(origins as string).test(origin) ? banner : undefined;

/**
 * Whether a banner is in the first of these languages (separated by commas, best first), whatever its region. If not, the
 * server may still answer the same one, as it knows which languages the widget speaks.
 */
export const isInLanguage = ({ nodes }: FirstLayer, wanted: string): boolean =>
  RegExp(`^${nodes[1].lang}\\b`, 'i').test(wanted);
