/** The picture on the page: drawn, so that there is no file to keep, and large enough to be the largest thing painted. */
import { deflateSync } from 'node:zlib';

const WIDTH = 1200;
const HEIGHT = 500;
const SUB_FILTER = 1;

/** A PNG of about 110 KB: a colour gradient with some noise, always the same. */
export function heroPng() {
  const random = seeded(12345);
  const rows = Buffer.alloc((WIDTH * 3 + 1) * HEIGHT);
  let at = 0;
  for (let y = 0; y < HEIGHT; y++) {
    rows[at++] = SUB_FILTER;
    let before = [0, 0, 0];
    for (let x = 0; x < WIDTH; x++) {
      const noise = random() < 0.025 ? Math.floor(random() * 10) : 0;
      const colour = [30 + (x / WIDTH) * 200, 60 + (y / HEIGHT) * 160, 120 + 60 * Math.sin((x + y) / 180)];
      const pixel = colour.map((value) => Math.floor(value + noise));
      for (const [channel, value] of pixel.entries()) rows[at++] = (value - before[channel]) & 255;
      before = pixel;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header.set([8, 2], 8); // 8 bits for each of red, green and blue
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Numbers from 0 to 1 that look like chance and are the same each time. */
function seeded(state) {
  return () => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) / 0x7fffffff;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** The checksum that PNG asks for (Node has it since 20.15 only). */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
