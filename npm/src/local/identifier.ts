/** Identifiers that follow from what they name: the same words have the same one. */

const PRIME = 0x0000000001000000000000000000013bn;
const OFFSET = 0x6c62272e07bb014262b821756295c58dn;

/**
 * The identifier of a text: a UUID (RFC 9562, 5.8) made of its FNV-1a hash of 128 bits. It tells one wording from another
 * by itself, also on pages that are not secure, where the browser's own hashes are missing; it does not withstand whoever
 * looks for two wordings with one identifier.
 */
export function identifier(text: string): string {
  let hash = OFFSET;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(128, (hash ^ BigInt(byte)) * PRIME);
  const hex = hash.toString(16).padStart(32, '0');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-8$3-8$4-$5');
}
