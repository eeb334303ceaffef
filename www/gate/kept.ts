/** What the core left in localStorage for the pages that come after: the configuration, the receipt, unsent proofs. */
import { CONFIG, OUTBOX, RECEIPT, type WidgetConfig } from './protocol.ts';

const DAY = 86_400_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The configuration that came from this address within a day, to an SDK of the same build. */
export function keptConfig(url: string, sdk: string): WidgetConfig | undefined {
  const kept = read(CONFIG);
  const age = Date.now() - kept?.at;
  return kept?.url === url && kept.sdk === sdk && age >= 0 && age < DAY ? kept.config : undefined;
}

/** The identifier of the visitor's proof; it is removed once its time is over. */
export function keptConsentId(): string | null {
  const receipt = read(RECEIPT);
  if (Date.parse(receipt?.expiresAt) > Date.now() && UUID.test(receipt.consentId)) return receipt.consentId;
  forget(RECEIPT);
  return null;
}

/** Whether a proof waits to be sent. */
export function hasUnsent(): boolean {
  const unsent = read(OUTBOX);
  return Array.isArray(unsent) && unsent.length > 0;
}

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
