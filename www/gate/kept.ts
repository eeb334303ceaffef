/** What the core left in localStorage for the pages that come after: the configuration, the receipt, unsent proofs. */
import { CONFIG, OUTBOX, RECEIPT, type WidgetConfig } from './protocol.ts';

const DAY = 86_400_000;

/** The configuration that came from this address within a day. */
export function keptConfig(url: string): WidgetConfig | undefined {
  const kept = read(CONFIG);
  const age = Date.now() - kept?.at;
  return kept?.url === url && age >= 0 && age < DAY ? kept.config : undefined;
}

/** The identifier of the visitor's proof; it is removed once its time is over. */
export function keptConsentId(): string | null {
  const receipt = read(RECEIPT);
  if (Date.parse(receipt?.expiresAt) > Date.now() && typeof receipt.consentId === 'string') return receipt.consentId;
  forget(RECEIPT);
  return null;
}

/** Whether a proof waits to be sent. */
export const hasUnsent = (): boolean => !!read(OUTBOX)?.length;

// A browser that forbids storage throws already when it is named; what cannot be read was never kept.
function read(name: string): any {
  try {
    return JSON.parse(localStorage.getItem(name) as string);
  } catch {
    return;
  }
}

function forget(name: string): void {
  try {
    localStorage.removeItem(name);
  } catch {
    // Nothing is kept where storage is forbidden.
  }
}
