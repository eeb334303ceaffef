/**
 * What is kept in localStorage beside the cookie: the configuration, the receipt, unsent proofs. A browser that forbids
 * storage throws already when it is named; there nothing is kept. What has not the shape that it should have was never
 * kept.
 */
import { OUTBOX, RECEIPT } from '../gate/protocol.ts';
import { areTexts, isUuid, type Shape } from './shape.ts';

/** The identifier of the visitor's proof; it is removed once its time is over. */
export function keptConsentId(): string | null {
  const receipt = read<{ consentId: string; expiresAt: string }>(RECEIPT, ({ consentId }) => isUuid(consentId));
  if (receipt && +new Date(receipt.expiresAt) > Date.now()) return receipt.consentId;
  forget(RECEIPT);
  return null;
}

/** Whether a proof waits to be sent. */
export function hasUnsent(): boolean {
  return !!read<{ url: string }[]>(OUTBOX, ([first]) => areTexts(first!.url));
}

/** What is kept under a name, if it has a shape; undefined otherwise. */
export function read<T>(name: string, shape: Shape<T>): T | undefined {
  try {
    return parse(localStorage.getItem(name), shape);
  } catch {
    return;
  }
}

/** What JSON says, if it has a shape; undefined otherwise. */
export function parse<T>(json: string | null, shape: Shape<T>): T | undefined {
  try {
    const value = JSON.parse(json as string);
    return shape(value) ? value : undefined;
  } catch {
    return;
  }
}

/** Keeps a text under a name, if the browser allows it. */
export function keep(name: string, text: string): void {
  try {
    localStorage.setItem(name, text);
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
