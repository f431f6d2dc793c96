/** What stands in the place of a secret. */
const STARS = Buffer.from('****');
/** Shorter values would black out ordinary text: a secret `1` is in every log. */
const SHORTEST = 4;

/**
 * Replaces secret values in a stream of output, also where a value is cut between two chunks: the end of a chunk that
 * may be the beginning of a secret is held back until the next one tells.
 */
export class OutputMask {
  readonly #secrets: readonly Buffer[];
  #held: Buffer = Buffer.alloc(0);

  constructor(values: Iterable<Uint8Array>) {
    this.#secrets = maskedValues(values);
  }

  /** What may be shown of everything so far. */
  write(chunk: Uint8Array): Buffer {
    if (this.#secrets.length === 0) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const text = replaceAll(Buffer.concat([this.#held, chunk]), this.#secrets);
    const keep = this.#secrets.reduce((longest, secret) => Math.max(longest, overlap(text, secret)), 0);
    this.#held = text.subarray(text.length - keep);
    return text.subarray(0, text.length - keep);
  }

  /** What was held back, when no more comes. */
  end(): Buffer {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest;
  }
}

/** A text with the secrets replaced: for error messages. */
export function maskText(text: string, values: Iterable<Uint8Array>): string {
  return replaceAll(Buffer.from(text), maskedValues(values)).toString();
}

/** The values themselves, without the newline that files end in, and each long line of those that have several. Longest first. */
function maskedValues(values: Iterable<Uint8Array>): Buffer[] {
  const found = new Map<string, Buffer>();
  const add = (bytes: Buffer, least: number) => {
    if (bytes.length >= least) found.set(bytes.toString('latin1'), bytes);
  };
  for (const value of values) {
    const trimmed = Buffer.from(Buffer.from(value).toString('latin1').trim(), 'latin1');
    add(trimmed, SHORTEST);
    const lines = trimmed.toString('latin1').split(/\r?\n/);
    // A key or certificate is often printed with other line ends or an indent.
    if (lines.length > 1) for (const line of lines) add(Buffer.from(line.trim(), 'latin1'), 12);
  }
  return [...found.values()].sort((a, b) => b.length - a.length);
}

function replaceAll(text: Buffer, secrets: readonly Buffer[]): Buffer {
  let result = text;
  for (const secret of secrets) {
    let at = result.indexOf(secret);
    if (at < 0) continue;
    const parts: Buffer[] = [];
    let from = 0;
    for (; at >= 0; at = result.indexOf(secret, from)) {
      parts.push(result.subarray(from, at), STARS);
      from = at + secret.length;
    }
    result = Buffer.concat([...parts, result.subarray(from)]);
  }
  return result;
}

/** Length of the longest end of `text` that is a beginning of `secret`. */
function overlap(text: Buffer, secret: Buffer): number {
  for (let length = Math.min(text.length, secret.length - 1); length > 0; length--) {
    if (text.subarray(text.length - length).equals(secret.subarray(0, length))) return length;
  }
  return 0;
}
