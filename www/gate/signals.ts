/**
 * What other parties are told of the choice: Google Consent Mode v2, Microsoft UET and Clarity. Each is told the
 * default (denied) before anything is opened, and one update for each choice.
 */
import type { Consents } from './consents.ts';
import { pushToLayer } from './layer.ts';
import { CONSENT_TYPES } from './names.ts';
import type { Signals } from './protocol.ts';

/** How long Google's tags wait for the update, in milliseconds: the core may have to come first. */
const WAIT_FOR_UPDATE = 500;

declare global {
  interface Window {
    uetq?: unknown[];
    clarity?: { (...command: unknown[]): void; q?: unknown[] };
  }
}

/** Tells that nothing is granted yet. */
export function tellDefault(signals: Signals): void {
  const { regions } = signals;
  const details = { wait_for_update: WAIT_FOR_UPDATE, ...(regions && { region: regions }) };
  tell({ ...signals, consentMode: !!signals.consentMode && !hasDefault() }, 'default', () => false, details);
}

/** Tells what is granted: a type is when every service that stands for it is. */
export function tellUpdate(signals: Signals, consents: Consents): void {
  const services = consents.services();
  tell(signals, 'update', (type) => {
    const behind = services.filter((service) => service.consentMode.includes(type));
    return behind.length > 0 && behind.every(({ slug }) => consents.grants(slug));
  });
}

function tell(
  { consentMode, uet, clarity }: Partial<Signals>,
  what: 'default' | 'update',
  granted: (type: string) => boolean,
  details?: object,
): void {
  const now = Object.fromEntries(CONSENT_TYPES.map((type) => [type, granted(type) ? 'granted' : 'denied']));
  const { ad_storage, analytics_storage } = now;
  if (consentMode) gtag('consent', what, { ...now, ...details });
  if (uet) (window.uetq ??= []).push('consent', what, { ad_storage });
  if (clarity) tellClarity('consentv2', { ad_Storage: ad_storage, analytics_Storage: analytics_storage });
}

/** Google's tags read `arguments` objects from the data layer, not arrays. */
function gtag(..._command: unknown[]): void;
function gtag(): void {
  pushToLayer(arguments);
}

/** Whether the page's own lines have set a default already. */
function hasDefault(): boolean {
  const layer: unknown = window.dataLayer;
  if (!Array.isArray(layer)) return false;
  return layer.some((entry) => {
    const command = entry as ArrayLike<unknown> | undefined;
    return command?.[0] === 'consent' && command[1] === 'default';
  });
}

/** Clarity may come later: its queue is the one that its own snippet makes. */
function tellClarity(...command: unknown[]): void {
  const clarity = (window.clarity ??= (...command) => void (clarity.q ??= []).push(command));
  clarity(...command);
}
