import { randomBytes } from 'node:crypto';

/**
 * A line that nobody but us wrote may steer the runner (`::add-mask::`, `##[error]`). Text of images, registries and the
 * user's programs passes through here before it is printed as a line of ours.
 */
export function plainLine(text: string): string {
  const one = text
    .replace(/\r\n|[\r\n\u2028\u2029\u0085]/g, ' ')
    .replace(/[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/g, '?');
  return noCommand(one);
}

/** The runner takes `::name::` at a line's start, and the older `##[name]` anywhere in it; the log's page draws both. */
export function noCommand(line: string): string {
  const without = line.replace(/##\[/g, '## [');
  return /^\s*::/.test(without) ? without.replace('::', ': :') : without;
}

/**
 * Brackets the output of programs: between the two lines the runner takes no command but the one that ends it, whose
 * name nobody can guess.
 */
export class StopCommands {
  readonly #write: (text: string) => void;
  readonly #token = `end-${randomBytes(16).toString('hex')}`;
  #on = false;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** From here on lines are text. */
  stop(): void {
    if (this.#on) return;
    this.#on = true;
    this.#write(`::stop-commands::${this.#token}\n`);
  }

  /** Our own commands count again. */
  resume(): void {
    if (!this.#on) return;
    this.#on = false;
    this.#write(`::${this.#token}::\n`);
  }
}

/** The data of a workflow command. */
export function commandData(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

/** A property of a workflow command. */
export function commandProperty(text: string): string {
  return commandData(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
}
