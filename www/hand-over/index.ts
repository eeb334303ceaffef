/**
 * One choice for several domains of one owner: links between the widget's sites carry a token that the server has signed, good
 * once and for two minutes (`server/src/hand_over.rs`). It names a proof, and nothing of the visitor.
 */
import { post } from '../core/post.ts';
import { uuid } from '../core/uuid.ts';
import type { Gate } from '../gate/gate.ts';
import { cookieValues, newestOf, parse as parseCookie } from '../gate/cookie.ts';
import { cookies, setCookie } from '../gate/jar.ts';
import { type AnswerOutcome, type HandOverAnswer, type HandOverRequest, RECEIPT } from '../gate/protocol.ts';
import type { RedeemRequest } from '../gate/protocol.ts';
import { report } from '../gate/report.ts';
import { isUrlOf } from './origins.ts';
import { areTexts, isUuid } from '../session/shape.ts';
import { keep, keptConsentId, parse } from '../session/storage.ts';

/** How long a token serves on a page, in milliseconds; the server takes it for two minutes. */
const FRESH = 90_000;

/** Redeems the token that the page's address carries. Whatever goes wrong, it is as if there were none. */
export async function redeem(gate: Gate, token: string): Promise<void> {
  const { globalPrivacyControl, doNotTrack } = navigator as Navigator & { globalPrivacyControl?: boolean };
  const secure = location.protocol === 'https:';
  const [gpc, dnt] = [globalPrivacyControl === true, doNotTrack === '1'];
  const request: RedeemRequest = { token, sessionId: uuid(), gpc, dnt, secure };
  try {
    const { status, body } = await post(gate.at('/hand-overs/redeem'), json(request));
    const outcome = parse<AnswerOutcome>(body, ({ consentId, cookie }) => isUuid(consentId) && areTexts(cookie));
    if (status !== 201 || !outcome) return;
    // Of two choices the newer one counts: what was taken back on one site is taken back here.
    const [name, value] = outcome.cookie.split(';', 1)[0]!.split('=') as [string, string];
    const own = newestOf(cookieValues(cookies(), name).filter((other) => other !== value));
    if (own && own.$t >= parseCookie(value)!.$t) return;
    setCookie(outcome.cookie);
    const { consentId, expiresAt } = outcome;
    keep(RECEIPT, json({ consentId, expiresAt }));
  } catch {
    // The visitor is asked.
  }
}

/** Has the links that match a selector and lead to one of these origins carry a token, from when somebody comes near. */
export function decorateLinks(gate: Gate, selector: string, origins: string[]): void {
  const links = new WeakMap<HTMLAnchorElement, { at: number; plain: string }>();
  const linkOf = ({ target }: Event): HTMLAnchorElement | undefined => {
    const link = (target as Element).closest?.<HTMLAnchorElement>('a[href]');
    return link?.matches(selector) && isUrlOf(link.href, origins) ? link : undefined;
  };
  const decorate = async (event: Event): Promise<void> => {
    const link = linkOf(event);
    const consentId = keptConsentId();
    if (!link || !consentId || links.has(link)) return;
    const plain = link.getAttribute('href')!;
    const state = { at: Date.now(), plain };
    links.set(link, state);
    const request: HandOverRequest = { consentId, to: link.origin };
    const { status, body } = await post(gate.address('/hand-overs'), json(request)).catch(() => ({
      status: 0,
      body: '',
    }));
    const answer = parse<HandOverAnswer>(body, ({ token }) => areTexts(token));
    if (status === 201 && answer && links.get(link) === state && link.getAttribute('href') === plain) {
      link.href = `${link.href}${link.hash ? '&' : '#'}placet=${answer.token}`;
      setTimeout(() => restore(link), FRESH);
    } else {
      links.delete(link);
      if (status === 404 || status === 422)
        report(parse<{ detail: string }>(body, ({ detail }) => areTexts(detail))?.detail ?? '');
    }
  };
  const restore = (link: HTMLAnchorElement | undefined): void => {
    const state = link && links.get(link);
    if (!state) return;
    links.delete(link);
    link.setAttribute('href', state.plain);
  };
  for (const event of ['pointerover', 'focusin', 'touchstart']) {
    addEventListener(event, (event) => void decorate(event), { capture: true, passive: true });
  }
  // What is copied from the menu is no link of this visitor's any more.
  addEventListener('contextmenu', (event) => restore(linkOf(event)), true);
  // It is used once: after the click it is another link's turn.
  for (const event of ['click', 'auxclick']) {
    addEventListener(event, (event) => {
      const link = linkOf(event);
      if (link) setTimeout(() => restore(link));
    });
  }
}

/** Without a prototype, which old libraries give a `toJSON`. */
const json = (value: object): string => JSON.stringify({ __proto__: null, ...value });
