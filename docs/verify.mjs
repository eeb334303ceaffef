// Checks a proof of consent with nothing of Placet's but docs/proofs.md:
//
//   node docs/verify.mjs proof.json placet.pub
//
// It ends with 0 and says so if the proof is exactly what the key has signed, with 1 and the reason if not.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

const HASH = /^[0-9a-f]{64}$/;
const SIGNATURE = /^[0-9a-f]{128}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

// What a proof may say, and in which form; `?` marks what may be left out.
const PROOF = {
  id: String,
  sessionId: String,
  date: String,
  dateExpiration: String,
  type: Number,
  widgetId: Number,
  typeDevice: Number,
  workSpaceId: Number,
  consentId: UUID,
  consents: {
    lang: String,
    versionKey: (value) => value === null || typeof value === 'string',
    cookieConsents: [
      {
        id: String,
        tenantId: Number,
        name: String,
        slug: String,
        consent: Boolean,
        version: String,
        date: String,
        purpose: Number,
      },
    ],
  },
  widgetVersion: String,
  'widgetVersionSha256?': HASH,
  'previousConsentId?': String,
  'userId?': String,
  seal: {
    chain: UUID,
    number: Number,
    statement: HASH,
    previous: HASH,
    salt: HASH,
    signature: SIGNATURE,
    publicKey: HASH,
  },
};

function check(value, shape, path) {
  const fail = () => {
    throw new Error(`${path} is not what a proof has there`);
  };
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) fail();
    value.forEach((item, index) => check(item, shape[0], `${path}[${index}]`));
  } else if (shape instanceof RegExp) {
    if (typeof value !== 'string' || !shape.test(value)) fail();
  } else if (shape === Number) {
    if (!Number.isSafeInteger(value) || value < 0) fail();
  } else if (shape === String || shape === Boolean) {
    if (typeof value !== shape.name.toLowerCase()) fail();
  } else if (typeof shape === 'function') {
    if (!shape(value)) fail();
  } else {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) fail();
    for (const name of Object.keys(value)) {
      const known = [name, `${name}?`].find((known) => Object.hasOwn(shape, known));
      if (known === undefined) throw new Error(`${path}.${name} is not covered by the signature`);
      check(value[name], shape[known], `${path}.${name}`);
    }
    for (const name of Object.keys(shape)) {
      if (!name.endsWith('?') && !(name in value)) fail();
    }
  }
}

// RFC 8785: members in the order of their names' UTF-16 units; the rest is what JSON.stringify writes.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const hex = (digits) => Buffer.from(digits.replaceAll('-', ''), 'hex');
const number = (value, bytes) => hex(value.toString(16).padStart(2 * bytes, '0'));

function verifyProof(text, pem) {
  const proof = JSON.parse(text);
  check(proof, PROOF, 'proof');
  // JSON.parse takes the last of two members of one name, and a number in any form; written again without white space, it
  // is the same text.
  const squeezed = text.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
  if (squeezed !== JSON.stringify(proof)) throw new Error('something in it is there twice, or written in another form');
  const { seal, ...content } = proof;
  const key = createPublicKey(pem);
  if (Buffer.from(key.export({ format: 'jwk' }).x, 'base64url').toString('hex') !== seal.publicKey) {
    throw new Error('another key has signed it');
  }
  const hash = sha256('placet proof 1\n', hex(seal.salt), canonical(content));
  const place = [number(proof.widgetId, 4), hex(seal.chain), number(seal.number, 8)];
  const link = sha256('placet link 1\n', ...place, hex(seal.statement), hex(seal.previous), hash);
  if (!verify(null, link, key, hex(seal.signature))) throw new Error('it was altered, or another key has signed it');
}

try {
  const [proof, key] = process.argv.slice(2).map((path) => readFileSync(path, 'utf8'));
  verifyProof(proof, key);
  console.log('The proof is what was signed.');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
