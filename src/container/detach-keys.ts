import { ContainerError } from './container-error.ts';

/** The keys that leave a container running: `ctrl-p,ctrl-q`, or letters. */
export function parseDetachKeys(text = 'ctrl-p,ctrl-q'): Buffer {
  const codes = text.split(',').map((key) => {
    const control = /^ctrl-([a-z@[\\\]^_])$/i.exec(key)?.[1];
    if (control !== undefined) return control.toUpperCase().charCodeAt(0) & 0x1f;
    if ([...key].length === 1) return key.charCodeAt(0);
    throw new ContainerError(
      'invalid-option',
      `--detach-keys: expected keys such as ctrl-p,ctrl-q, found "${text.slice(0, 60)}"`,
    );
  });
  return Buffer.from(codes);
}

/** Looks for the detach keys in what is typed; what may be their beginning is held back. */
export class DetachKeys {
  readonly #keys: Buffer;
  #held = 0;

  constructor(keys: Buffer) {
    this.#keys = keys;
  }

  /** What goes on to the container, and whether the keys were pressed. */
  pass(typed: Buffer): { bytes: Buffer; detached: boolean } {
    const out: number[] = [];
    for (const byte of typed) {
      if (byte === this.#keys[this.#held]) {
        this.#held++;
        if (this.#held === this.#keys.length) return { bytes: Buffer.from(out), detached: true };
        continue;
      }
      // not the keys after all: what was held back comes first, and this byte may begin them anew
      out.push(...this.#keys.subarray(0, this.#held));
      this.#held = byte === this.#keys[0] ? 1 : 0;
      if (this.#held === 0) out.push(byte);
    }
    return { bytes: Buffer.from(out), detached: false };
  }
}
