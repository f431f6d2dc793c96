import { timingSafeEqual } from 'node:crypto';
import { fractionOfPi } from './pi.ts';

/**
 * bcrypt as htpasswd -B writes it: `$2y$COST$` + 22 characters of salt + 31 of hash. Provos and Mazières, "A
 * Future-Adaptable Password Scheme" (USENIX 1999). Only verification: we never make such a hash.
 */
export async function verifyBcrypt(password: string, hash: string): Promise<boolean> {
  const match = /^\$2[abxy]\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/.exec(hash);
  if (match === null) return false;
  const cost = Number(match[1]);
  if (cost < 4 || cost > 20) return false;
  // The key ends with its NUL and is cut after 72 bytes.
  const key = Buffer.concat([Buffer.from(password), Buffer.from([0])]).subarray(0, 72);
  const digest = await bcryptDigest(key, decode(match[2]!, 16), cost);
  return timingSafeEqual(digest.subarray(0, 23), decode(match[3]!, 23));
}

const ALPHABET = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const ROUNDS = 16;
const P_WORDS = ROUNDS + 2;
/** Key schedules between two turns of the event loop, about 5 ms. */
const YIELD_EVERY = 64;

let initial: Int32Array | undefined;

/** Blowfish's state: P array and four S boxes in one array. */
class Blowfish {
  readonly #state: Int32Array;
  left = 0;
  right = 0;

  constructor() {
    initial ??= fractionOfPi(P_WORDS + 4 * 256);
    this.#state = initial.slice();
  }

  encrypt(left: number, right: number): void {
    const s = this.#state;
    let l = left ^ s[0]!;
    let r = right;
    for (let i = 1; i <= ROUNDS; i += 2) {
      r ^=
        ((((s[18 + (l >>> 24)]! + s[274 + ((l >>> 16) & 255)]!) ^ s[530 + ((l >>> 8) & 255)]!) + s[786 + (l & 255)]!) |
          0) ^
        s[i]!;
      l ^=
        ((((s[18 + (r >>> 24)]! + s[274 + ((r >>> 16) & 255)]!) ^ s[530 + ((r >>> 8) & 255)]!) + s[786 + (r & 255)]!) |
          0) ^
        s[i + 1]!;
    }
    this.left = r ^ s[ROUNDS + 1]!;
    this.right = l;
  }

  /** Mixes the key into P, then replaces the whole state by encryptions chained through the salt. */
  schedule(key: Int32Array, salt: Int32Array | undefined): void {
    const s = this.#state;
    for (let i = 0; i < P_WORDS; i++) s[i] = s[i]! ^ key[i]!;
    let l = 0;
    let r = 0;
    for (let i = 0; i < s.length; i += 2) {
      if (salt !== undefined) {
        l ^= salt[i & 2]!;
        r ^= salt[(i & 2) + 1]!;
      }
      this.encrypt(l, r);
      l = this.left;
      r = this.right;
      s[i] = l;
      s[i + 1] = r;
    }
  }
}

async function bcryptDigest(key: Buffer, salt: Buffer, cost: number): Promise<Buffer> {
  const cipher = new Blowfish();
  const keyWords = cyclicWords(key, P_WORDS);
  const saltWords = cyclicWords(salt, 4);
  const saltAsKey = cyclicWords(salt, P_WORDS);
  cipher.schedule(keyWords, saltWords);
  for (let i = 0, n = 2 ** cost; i < n; i++) {
    cipher.schedule(keyWords, undefined);
    cipher.schedule(saltAsKey, undefined);
    if (i % YIELD_EVERY === YIELD_EVERY - 1) await new Promise((resume) => setImmediate(resume));
  }
  const text = Buffer.from('OrpheanBeholderScryDoubt');
  const out = Buffer.alloc(24);
  for (let block = 0; block < 24; block += 8) {
    let [l, r] = [text.readInt32BE(block), text.readInt32BE(block + 4)];
    for (let i = 0; i < 64; i++) {
      cipher.encrypt(l, r);
      [l, r] = [cipher.left, cipher.right];
    }
    out.writeInt32BE(l, block);
    out.writeInt32BE(r, block + 4);
  }
  return out;
}

/** `count` big-endian words of `bytes`, which repeat. */
function cyclicWords(bytes: Buffer, count: number): Int32Array {
  const words = new Int32Array(count);
  for (let i = 0, at = 0; i < count; i++) {
    let word = 0;
    for (let j = 0; j < 4; j++, at = (at + 1) % bytes.length) word = (word << 8) | bytes[at]!;
    words[i] = word;
  }
  return words;
}

/** bcrypt's own base64: another alphabet, no padding. */
function decode(text: string, length: number): Buffer {
  const out = Buffer.alloc(length);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const character of text) {
    held = (held << 6) | ALPHABET.indexOf(character);
    bits += 6;
    if (bits >= 8 && at < length) {
      bits -= 8;
      out[at++] = (held >>> bits) & 255;
      held &= (1 << bits) - 1;
    }
  }
  return out;
}
