import type { Task, TaskInfo } from '../../progress.ts';
import { type ColorName, stepColors } from './colors.ts';
import type { Renderer, RendererOptions } from './renderer.ts';
import { failureText, plainText, Stopwatch, shortBytes, wasCancelled } from './seconds.ts';

/** Time between two pictures, in milliseconds. */
const FRAME_MS = 120;
/** Lines of output under a running step; BUILDKIT_TTY_LOG_LINES changes it. */
const LOG_LINES = 6;
/** Longest unfinished line that is kept, in characters. */
const LONGEST = 4096;

/**
 * A picture of all steps that is drawn over itself. Only lines that differ from the last picture are written, and it is
 * drawn a few times a second whatever happens in between. Done steps that no longer fit scroll away for good.
 */
export class TtyRenderer implements Renderer {
  readonly #options: RendererOptions;
  readonly #color: (name: ColorName, text: string) => string;
  readonly #logLines: number;
  readonly #watch = new Stopwatch();
  readonly #timer: NodeJS.Timeout;
  readonly #stopResize: (() => void) | undefined;
  readonly #warnings: string[] = [];
  #tasks: TtyTask[] = [];
  #started = 0;
  #ended = 0;
  #drawn: string[] = [];
  #closed = false;

  constructor(options: RendererOptions) {
    this.#options = options;
    this.#color = stepColors(options.env);
    const lines = Number(options.env.BUILDKIT_TTY_LOG_LINES);
    this.#logLines = Number.isInteger(lines) && lines > 0 ? lines : LOG_LINES;
    options.out.write('\u001b[?25l');
    this.#timer = setInterval(() => this.#draw(), FRAME_MS).unref();
    this.#stopResize = options.onResize?.(() => this.#redraw());
  }

  start(info: TaskInfo): Task {
    const task = new TtyTask(info.name, () => this.#ended++);
    this.#tasks.push(task);
    this.#started++;
    return task;
  }

  warn(message: string): void {
    this.#warnings.push(message);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#stopResize?.();
    this.#draw(true);
    for (const message of this.#warnings) this.#options.out.write(`${this.#color('warning', `WARN: ${message}`)}\n`);
    this.#options.out.write('\u001b[?25h');
  }

  /** After a resize the terminal has wrapped the old picture by its own rules: begin below it. */
  #redraw(): void {
    this.#drawn = [];
    this.#draw();
  }

  #draw(last = false): void {
    const { columns, rows } = this.#options.size();
    const width = Math.max(20, columns || 80);
    const height = last ? Number.POSITIVE_INFINITY : Math.max(4, (rows || 24) - 1);
    const state = last ? (this.#tasks.some((task) => task.failed) ? 'ERROR' : 'FINISHED') : '';
    const title = `[+] Building ${this.#watch.elapsed().toFixed(1)}s (${this.#ended}/${this.#started})${state === '' ? '' : ` ${state}`}`;
    const blocks = this.#tasks.map((task) => task.lines(width, last ? 0 : this.#logLines, this.#color));
    let count = blocks.reduce((sum, block) => sum + block.length, 1);
    // Done steps above everything that still runs leave the picture when it gets too high.
    let gone = 0;
    while (count > height && gone < this.#tasks.length && this.#tasks[gone]!.ended) count -= blocks[gone++]!.length;
    const scrolled = blocks.slice(0, gone).flat();
    this.#tasks = this.#tasks.slice(gone);
    const rest = blocks.slice(gone).flat();
    const shown = rest.length > height - 1 ? rest.slice(rest.length - (height - 1)) : rest;
    this.#paint(scrolled, [cut(title, width), ...shown]);
  }

  /** Writes `above` for good and the picture under it, over the old picture. */
  #paint(above: readonly string[], picture: readonly string[]): void {
    let text = this.#drawn.length > 0 ? `\u001b[${this.#drawn.length}A` : '';
    if (above.length === 0 && picture.length >= this.#drawn.length) {
      let skipped = 0;
      const flush = () => {
        const down = skipped > 0 ? `\u001b[${skipped}B` : '';
        skipped = 0;
        return down;
      };
      for (const [i, line] of picture.entries()) {
        if (i < this.#drawn.length && line === this.#drawn[i]) skipped++;
        else text += `${flush()}\r${line}\u001b[K\n`;
      }
      text += flush();
    } else {
      text += `\r${[...above, ...picture].map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`;
    }
    this.#drawn = [...picture];
    this.#options.out.write(text);
  }
}

/** How a task ended. */
interface End {
  text: string;
  kind: 'done' | 'cached' | 'cancel' | 'error';
  seconds: number;
}

class TtyTask implements Task {
  readonly #name: string;
  readonly #watch = new Stopwatch();
  readonly #onEnd: () => void;
  readonly #log: string[] = [];
  readonly #notes: string[] = [];
  #open = '';
  #transfer = '';
  #end: End | undefined;

  constructor(name: string, onEnd: () => void) {
    this.#name = plainText(name.split('\n')[0]!);
    this.#onEnd = onEnd;
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  get failed(): boolean {
    return this.#end?.kind === 'error';
  }

  output(_stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
    const lines = (this.#open + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString()).split(
      /\r?\n/,
    );
    this.#open = lines.pop()!.slice(-LONGEST);
    this.#log.push(...lines.slice(-50));
    if (this.#log.length > 50) this.#log.splice(0, this.#log.length - 50);
  }

  progress(current: number, total?: number, unit: 'bytes' | 'items' = 'bytes'): void {
    const show = (n: number) => (unit === 'bytes' ? shortBytes(n) : String(n));
    this.#transfer = total === undefined ? show(current) : `${show(current)} / ${show(total)}`;
  }

  note(message: string): void {
    this.#notes.push(...message.split('\n'));
  }

  done(result: { cached?: boolean } = {}): void {
    this.#finish({ text: '', kind: result.cached ? 'cached' : 'done', seconds: this.#watch.elapsed() });
  }

  fail(error: unknown): void {
    const cancel = wasCancelled(error);
    this.#finish({
      text: cancel ? '' : failureText(error),
      kind: cancel ? 'cancel' : 'error',
      seconds: this.#watch.elapsed(),
    });
  }

  #finish(end: End): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#onEnd();
  }

  lines(width: number, logLines: number, color: (name: ColorName, text: string) => string): string[] {
    const end = this.#end;
    const prefix = { done: '', cached: 'CACHED ', cancel: 'CANCELED ', error: 'ERROR ' }[end?.kind ?? 'done'];
    const seconds = `${(end?.seconds ?? this.#watch.elapsed()).toFixed(1)}s`;
    const transfer = this.#transfer === '' || end !== undefined ? '' : ` ${this.#transfer}`;
    const room = width - seconds.length - 2;
    const text = cut(` => ${prefix}${this.#name}${transfer}`, room).padEnd(room);
    const paint =
      end?.kind === 'error' ? 'error' : end?.kind === 'cancel' ? 'cancel' : end === undefined ? undefined : 'run';
    const first = `${text}  ${seconds}`;
    const result = [paint === undefined ? first : color(paint, first)];
    for (const note of this.#notes) result.push(cut(` => => ${plainText(note)}`, width));
    if (end !== undefined) return result;
    const log = this.#open === '' ? this.#log : [...this.#log, this.#open];
    for (const line of log.slice(-logLines))
      result.push(cut(` => => # ${plainText(line.slice(line.lastIndexOf('\r') + 1))}`, width));
    return result;
  }
}

/** Wide characters take two columns: a line that is cut too late would wrap and break the picture. */
function cut(text: string, width: number): string {
  let columns = 0;
  let end = 0;
  for (const character of text) {
    columns += wide(character.codePointAt(0)!) ? 2 : 1;
    if (columns > width) return `${text.slice(0, Math.max(0, end - 1))}…`;
    end += character.length;
  }
  return text;
}

function wide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}
