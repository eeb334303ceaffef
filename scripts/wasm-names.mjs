/**
 * Short names for what WebAssembly and the glue around it call each other by. wasm-bindgen's end in hashes, which do not
 * compress: a kilobyte of every first visit.
 */

/** The kinds of section that hold names (WebAssembly Core Specification, 5.5.2). */
const IMPORTS = 2;
const EXPORTS = 7;

/** Renames imports and exports in both; answers with the new bytes and the new glue. */
export function shortenNames(wasm, glue) {
  const names = new Map();
  const short = (name) => {
    if (!/[0-9a-f]{16}$/.test(name)) return name;
    if (!names.has(name)) names.set(name, `_${names.size.toString(36)}`);
    return names.get(name);
  };

  const out = [wasm.subarray(0, 8)];
  for (let at = 8; at < wasm.length;) {
    const kind = wasm[at];
    const [size, start] = number(wasm, at + 1);
    const content = wasm.subarray(start, start + size);
    const renamed =
      kind === IMPORTS ? importSection(content, short) : kind === EXPORTS ? exportSection(content, short) : content;
    out.push(Buffer.from([kind]), unsigned(renamed.length), renamed);
    at = start + size;
  }
  return { wasm: Buffer.concat(out), glue: glue.replace(/\b\w+[0-9a-f]{16}\b/g, (name) => names.get(name) ?? name) };
}

function importSection(content, short) {
  let [count, at] = number(content, 0);
  const out = [unsigned(count)];
  for (; count > 0; count -= 1) {
    const [module, afterModule] = text(content, at);
    const [name, afterName] = text(content, afterModule);
    const end = skipDescription(content, afterName);
    out.push(written(module), written(short(name)), content.subarray(afterName, end));
    at = end;
  }
  return Buffer.concat(out);
}

/** A core of Rust imports functions; tables, memories and globals are its own. */
function skipDescription(content, at) {
  if (content[at] !== 0)
    throw new Error('the core imports something that is no function; teach scripts/wasm-names.mjs');
  return number(content, at + 1)[1];
}

function exportSection(content, short) {
  let [count, at] = number(content, 0);
  const out = [unsigned(count)];
  for (; count > 0; count -= 1) {
    const [name, afterName] = text(content, at);
    const end = number(content, afterName + 1)[1];
    out.push(written(short(name)), content.subarray(afterName, end));
    at = end;
  }
  return Buffer.concat(out);
}

/** A number in LEB128, and where the next thing begins. */
function number(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

function unsigned(value) {
  const bytes = [];
  do {
    bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value = Math.floor(value / 128);
  } while (value > 0);
  return Buffer.from(bytes);
}

function text(bytes, at) {
  const [length, start] = number(bytes, at);
  return [bytes.subarray(start, start + length).toString(), start + length];
}

const written = (name) => Buffer.concat([unsigned(Buffer.byteLength(name)), Buffer.from(name)]);
