import type { Progress, Task, TaskInfo } from '../progress.ts';
import type { Terminal } from './command.ts';
import { humanSize } from './format.ts';

/** What docker says of a layer on its way. */
export interface TransferWords {
  begun: string;
  moving: string;
  done: string;
  there: string;
}

export const PULL_WORDS: TransferWords = {
  begun: 'Pulling fs layer',
  moving: 'Downloading',
  done: 'Pull complete',
  there: 'Already exists',
};
export const PUSH_WORDS: TransferWords = {
  begun: 'Preparing',
  moving: 'Pushing',
  done: 'Pushed',
  there: 'Layer already exists',
};

const FRAME_MS = 100;
const BAR_WIDTH = 50;

/**
 * Layers of one transfer as docker shows them: a line each, redrawn in place on a terminal; elsewhere a line when something
 * begins and when it ends. Configs and manifests are not shown.
 */
export class TransferProgress implements Progress {
  readonly #io: Terminal;
  readonly #words: TransferWords;
  readonly #live: boolean;
  readonly #quiet: boolean;
  readonly #rows: string[] = [];
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Something was transferred: the store or the registry was not up to date. */
  changed = false;

  constructor(io: Terminal, words: TransferWords, options: { quiet: boolean }) {
    this.#io = io;
    this.#words = words;
    this.#quiet = options.quiet;
    this.#live = io.isTerminal.stdout && !options.quiet;
  }

  start(info: TaskInfo): Task {
    const id = info.name.split(' ').at(-1)!;
    const shown = !info.name.includes(' config ') && !this.#quiet;
    const words = this.#words;
    const row = this.#rows.length;
    let mounted: string | undefined;
    let said = '';
    const say = (text: string, always = true): void => {
      if (!shown || said === text) return;
      said = text;
      if (this.#live) {
        this.#rows[row] = `${id}: ${text}`;
        this.#redrawSoon();
      } else if (always) this.#io.stdout.write(`${id}: ${text}\n`);
    };
    if (shown && this.#live) this.#rows.push('');
    return {
      output() {},
      progress: (current, total) => {
        if (said === '') say(words.begun);
        if (current > 0 && total !== undefined) say(`${words.moving}  ${bar(current, total)}`, false);
      },
      note: (message) => {
        mounted = /^mounted from (.+)$/.exec(message)?.[1] ?? mounted;
        if (mounted === undefined) this.warn(`${id}: ${message}`);
      },
      done: (result) => {
        if (!result?.cached) this.changed = true;
        say(result?.cached ? words.there : mounted === undefined ? words.done : `Mounted from ${mounted}`);
      },
      fail: () => say('Failed'),
    };
  }

  warn(message: string): void {
    this.#clear();
    this.#io.stderr.write(`warning: ${message}\n`);
    if (this.#live) this.#draw();
  }

  /** A line between transfers. */
  line(text: string): void {
    if (this.#quiet) return;
    this.finish();
    this.#io.stdout.write(`${text}\n`);
  }

  /** Draws the last state and leaves it standing. */
  finish(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#rows.length > 0 && this.#live) this.#draw();
    this.#rows.length = 0;
    this.#drawn = 0;
  }

  #redrawSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#draw();
    }, FRAME_MS);
  }

  #draw(): void {
    const { columns, rows } = this.#io.size();
    // More lines than the terminal has cannot be redrawn: the oldest stay as they are.
    const visible = this.#rows.slice(-Math.max(1, rows - 1));
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : '';
    this.#io.stdout.write(
      `${up}${visible.map((row) => `\x1b[2K${row.slice(0, Math.max(20, columns - 1))}\n`).join('')}`,
    );
    this.#drawn = visible.length;
  }

  #clear(): void {
    if (this.#drawn === 0) return;
    this.#io.stdout.write(`\x1b[${this.#drawn}A\x1b[0J`);
    this.#drawn = 0;
  }
}

function bar(current: number, total: number): string {
  const filled = total === 0 ? BAR_WIDTH : Math.min(BAR_WIDTH, Math.floor((current / total) * BAR_WIDTH));
  const line = `${'='.repeat(Math.max(0, filled - 1))}>`.padEnd(BAR_WIDTH);
  return `[${line}] ${humanSize(current)}/${humanSize(total)}`;
}
