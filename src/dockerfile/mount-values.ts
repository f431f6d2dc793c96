import { posix } from 'node:path';
import type { SourceLocation } from '../errors.ts';
import { parseError } from './error.ts';
import type { Word } from './instruction.ts';

/** The value of one key of a `--mount`. */
export interface MountValue {
  text: string;
  word: Word;
  /** It still holds variables: what it will be is not known yet. */
  open: boolean;
}

/** The keys of one `--mount`, read by type. */
export class MountValues {
  readonly #kind: string;
  readonly #location: SourceLocation;
  readonly #values: ReadonlyMap<string, MountValue>;
  readonly #workdir: string | undefined;

  constructor(
    kind: string,
    location: SourceLocation,
    values: ReadonlyMap<string, MountValue>,
    workdir: string | undefined,
  ) {
    this.#kind = kind;
    this.#location = location;
    this.#values = values;
    this.#workdir = workdir;
  }

  /** The text of a key, expanded. */
  text(key: string): string | undefined {
    return this.#values.get(key)?.text;
  }

  /** `fallback` when it is not there, or not known yet. */
  number(key: string, fallback: number, base = 10): number {
    const value = this.#values.get(key);
    if (value === undefined || value.open) return fallback;
    if (!(base === 8 ? /^[0-7]{1,5}$/ : /^\d{1,10}$/).test(value.text)) {
      const expected = base === 8 ? 'an octal number such as 0644' : 'a number';
      throw parseError(
        'bad-mount',
        value.word.location,
        `invalid value "${value.text}" for ${key}: expected ${expected}`,
      );
    }
    return Number.parseInt(value.text, base);
  }

  /** A boolean; undefined when it is not there, or not known yet. */
  flag(key: string): boolean | undefined {
    const value = this.#values.get(key);
    if (value === undefined || value.open) return undefined;
    if (/^(true|1|t)$/i.test(value.text)) return true;
    if (/^(false|0|f)$/i.test(value.text)) return false;
    throw parseError(
      'bad-mount',
      value.word.location,
      `invalid value "${value.text}" for ${key}: expected true or false`,
    );
  }

  /** The target, absolute: it must be there. */
  target(): string {
    const value = this.#values.get('target');
    if (value === undefined || value.text === '') {
      throw parseError('bad-mount', this.#location, `a mount of type ${this.#kind} needs a target`, {
        hint: 'add target=/path',
      });
    }
    const path = posix.resolve('/', this.#workdir ?? '/', value.text);
    if (path === '/' && !value.open) {
      throw parseError(
        'bad-mount',
        value.word.location,
        `invalid mount target "${value.text}": the root itself cannot be mounted over`,
      );
    }
    return path;
  }

  /** The target where there is one. */
  maybeTarget(): { target?: string } {
    return this.text('target') ? { target: this.target() } : {};
  }

  /** Who owns what is mounted, and its mode when none is said. */
  owner(mode: number): { mode: number; uid: number; gid: number } {
    return { mode: this.number('mode', mode, 8), uid: this.number('uid', 0), gid: this.number('gid', 0) };
  }
}
