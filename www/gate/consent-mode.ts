/**
 * What other parties are told of the choice: Google Consent Mode v2, Microsoft UET and Clarity. Each is told the
 * default (denied) before anything is opened, and one update for each choice.
 */
import type { Choice } from './cookie.ts';
import { ownOr } from './dom.ts';
import { entries, pushToLayer } from './data-layer.ts';
import { CONSENT_TYPES } from './names.ts';
import type { Signals } from './protocol.ts';
import { call } from './report.ts';

/** How long Google's tags wait for the update, in milliseconds: the core may have to come first. */
const WAIT_FOR_UPDATE = 500;

declare global {
  interface Window {
    dataLayer?: unknown[];
    uetq?: unknown[];
    clarity?: { (...command: unknown[]): void; q?: unknown[] };
  }
}

/** Tells that nothing is granted yet. */
export function tellDefault(signals: Signals): void {
  const { regions } = signals;
  const details = { wait_for_update: WAIT_FOR_UPDATE, ...(regions && { region: regions }) };
  tell({ ...signals, consentMode: !!signals.consentMode && !hasDefault(signals) }, 'default', () => false, details);
}

/** Tells what a choice grants: a type is granted when every service that stands for it is. */
export function tellUpdate(signals: Signals, consentTypes: Record<string, readonly string[]>, choice: Choice): void {
  tell(signals, 'update', (type) => {
    const behind = Object.keys(consentTypes).filter((slug) => consentTypes[slug]!.includes(type));
    return behind.length > 0 && behind.every((slug) => choice[slug] === true);
  });
}

function tell(
  signals: Signals,
  what: 'default' | 'update',
  granted: (type: string) => boolean,
  details?: object,
): void {
  const { consentMode, uet, clarity } = signals;
  const now = Object.fromEntries(CONSENT_TYPES.map((type) => [type, granted(type) ? 'granted' : 'denied']));
  const { ad_storage, analytics_storage } = now;
  if (consentMode) pushToLayer(signals, command('consent', what, { ...now, ...details }));
  // What the page, or their own scripts, have by these names is called; it may be anything.
  if (uet) call(() => (ownOr('uetq', []) as unknown[]).push('consent', what, { ad_storage }));
  if (clarity) tellClarity('consentv2', { ad_Storage: ad_storage, analytics_Storage: analytics_storage });
}

/** Google's tags read `arguments` objects from the data layer, not arrays. */
function command(..._words: unknown[]): unknown;
function command(): unknown {
  return arguments;
}

/** Whether the page's own lines have set a default already. */
function hasDefault(signals: Signals): boolean {
  return entries(signals).some((entry) => {
    const command = entry as ArrayLike<unknown> | undefined;
    return command?.[0] === 'consent' && command[1] === 'default';
  });
}

/** Clarity may come later: its queue is the one that its own snippet makes. */
function tellClarity(...command: unknown[]): void {
  const queue: Window['clarity'] = (...command) => void (queue!.q ??= []).push(command);
  call(ownOr('clarity', queue) as typeof queue, ...command);
}
