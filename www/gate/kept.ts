/**
 * What is kept in localStorage beside the cookie: the configuration, the receipt, unsent proofs. A browser that forbids
 * storage throws already when it is named; there nothing is kept, and what cannot be read was never kept.
 */
import { OUTBOX, RECEIPT } from './protocol.ts';

/** What identifiers look like. */
export const UUID = /^[\da-f-]{36}$/i;

/** The identifier of the visitor's proof; it is removed once its time is over. */
export function keptConsentId(): string | null {
  const receipt = read(RECEIPT);
  if (Date.parse(receipt?.expiresAt) > Date.now() && UUID.test(receipt.consentId)) return receipt.consentId;
  if (receipt !== undefined) forget(RECEIPT);
  return null;
}

/** Whether a proof waits to be sent. */
export function hasUnsent(): boolean {
  const unsent = read(OUTBOX);
  return Array.isArray(unsent) && unsent.length > 0;
}

/** What is kept under a name; undefined if nothing can be read. */
export function read(name: string): any {
  try {
    return JSON.parse(localStorage.getItem(name) as string) ?? undefined;
  } catch {
    return;
  }
}

/** Keeps a value under a name, if the browser allows it. */
export function keep(name: string, value: unknown): void {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Nothing is kept where storage is forbidden or full.
  }
}

/** Forgets what is kept under a name. */
export function forget(name: string): void {
  try {
    localStorage.removeItem(name);
  } catch {
    // Nothing is kept where storage is forbidden.
  }
}
