/** Identifiers that nobody else has. */

/**
 * A UUID that begins with the time (version 7, RFC 9562, 5.7): a database writes those that come together side by side.
 * `crypto.randomUUID` makes random ones, and on secure pages only.
 */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let index = 6, time = Date.now(); index--; time /= 256) bytes[index] = time;
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
