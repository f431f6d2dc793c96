import type { Task, TaskInfo } from '../../progress.ts';
import type { Renderer, RendererOptions } from './renderer.ts';
import { roomFor } from './room.ts';
import { failureText, Stopwatch, shortBytes, wasCancelled } from './seconds.ts';

/** A task that is shown may speak so long while others wait, in milliseconds; then the one with most to say is next. */
const TURN_MS = 5000;
/** What waiting tasks may hold back before they get their turn, in bytes. */
const HELD = 256 * 1024;
/** Least time between two lines about a transfer, in seconds; what is over sooner is not told at all. */
const TRANSFER_PAUSE = 5;

/**
 * One line after the other, in BuildKit's form: `#7 [build 2/5] RUN make`, `#7 0.512 text`, `#7 DONE 1.2s`. Several tasks
 * speak at once, so one has the floor and the others wait; nothing is ever left out.
 */
export class PlainRenderer implements Renderer {
  readonly #out: RendererOptions['out'];
  readonly #waiting = new Set<PlainTask>();
  #count = 0;
  #current: PlainTask | undefined;
  #since = 0;
  #first = true;

  constructor({ out }: Pick<RendererOptions, 'out'>) {
    this.#out = out;
  }

  start(info: TaskInfo): Task {
    return new PlainTask(info.name, this);
  }

  warn(message: string): void {
    this.#interrupt();
    this.#out.write(`WARN: ${message}\n`);
  }

  close(): void {
    for (const task of [...(this.#current ? [this.#current] : []), ...this.#waiting]) this.#show(task);
    this.#interrupt();
  }

  /** A task has something new to show. */
  changed(task: PlainTask): void {
    const mayShow = this.#current === undefined || this.#current === task || task.ended;
    if (mayShow || Date.now() - this.#since > TURN_MS || task.held > HELD) this.#show(task);
    else this.#waiting.add(task);
  }

  /** When there is room for more. */
  room(): Promise<void> | undefined {
    return roomFor(this.#out);
  }

  nextNumber(): number {
    return ++this.#count;
  }

  #show(task: PlainTask): void {
    this.#waiting.delete(task);
    if (this.#current !== task) {
      this.#interrupt();
      this.#current = task;
      this.#since = Date.now();
      this.#out.write(`${this.#first ? '' : '\n'}${task.header()}\n`);
      this.#first = false;
    }
    const lines = task.take();
    if (lines.length > 0) this.#out.write(`${lines.join('\n')}\n`);
    if (!task.ended) return;
    this.#current = undefined;
    const [next] = this.#waiting;
    if (next !== undefined) this.#show(next);
  }

  /** Says that the task which had the floor goes on later. */
  #interrupt(): void {
    if (this.#current !== undefined && !this.#current.ended) this.#out.write(`${this.#current.mark()} ...\n`);
    this.#current = undefined;
  }
}

class PlainTask implements Task {
  readonly #name: string;
  readonly #renderer: PlainRenderer;
  readonly #watch = new Stopwatch();
  readonly #open = { stdout: new LineCutter(), stderr: new LineCutter() };
  #lines: string[] = [];
  #number: number | undefined;
  #transfer = { at: 0, text: '', told: false };
  ended = false;
  /** Bytes of lines that are not shown yet. */
  held = 0;

  constructor(name: string, renderer: PlainRenderer) {
    this.#name = name;
    this.#renderer = renderer;
    renderer.changed(this);
  }

  output(stream: 'stdout' | 'stderr', chunk: Uint8Array): Promise<void> | undefined {
    const time = this.#watch.elapsed().toFixed(3);
    for (const line of this.#open[stream].add(chunk)) this.#add(`${time} ${line}`);
    this.#renderer.changed(this);
    return this.#renderer.room();
  }

  progress(current: number, total?: number, unit: 'bytes' | 'items' = 'bytes'): void {
    const show = (n: number) => (unit === 'bytes' ? shortBytes(n) : String(n));
    this.#transfer.text = total === undefined ? show(current) : `${show(current)} / ${show(total)}`;
    const elapsed = this.#watch.elapsed();
    if (elapsed - this.#transfer.at < TRANSFER_PAUSE) return;
    this.#transfer.at = elapsed;
    this.#transfer.told = true;
    this.#add(`${this.#transfer.text} ${elapsed.toFixed(1)}s`);
    this.#renderer.changed(this);
  }

  note(message: string): void {
    for (const line of message.split('\n')) this.#add(line);
    this.#renderer.changed(this);
  }

  done(result: { cached?: boolean } = {}): void {
    if (this.#transfer.told) this.#add(`${this.#transfer.text} ${this.#watch.elapsed().toFixed(1)}s done`);
    this.#end(result.cached ? 'CACHED' : `DONE ${this.#watch.elapsed().toFixed(1)}s`);
  }

  fail(error: unknown): void {
    this.#end(wasCancelled(error) ? 'CANCELED' : `ERROR: ${failureText(error)}`);
  }

  mark(): string {
    this.#number ??= this.#renderer.nextNumber();
    return `#${this.#number}`;
  }

  header(): string {
    return `${this.mark()} ${this.#name}`;
  }

  take(): string[] {
    const lines = this.#lines.map((line) => `${this.mark()} ${line}`);
    this.#lines = [];
    this.held = 0;
    return lines;
  }

  #end(text: string): void {
    if (this.ended) return;
    const time = this.#watch.elapsed().toFixed(3);
    for (const cutter of [this.#open.stdout, this.#open.stderr])
      for (const line of cutter.end()) this.#add(`${time} ${line}`);
    this.#add(text);
    this.ended = true;
    this.#renderer.changed(this);
  }

  #add(line: string): void {
    this.#lines.push(line);
    this.held += line.length;
  }
}

/** Longest line, in characters: one without an end must neither fill the memory nor be gone through for each chunk. */
const LONGEST = 64 * 1024;

/** Cuts a stream into lines; a character that is split between two chunks stays whole. */
class LineCutter {
  readonly #decoder = new TextDecoder();
  #rest = '';

  add(chunk: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#rest = lines.pop()!;
    if (this.#rest.length > LONGEST) {
      lines.push(this.#rest);
      this.#rest = '';
    }
    return lines.map(lastState);
  }

  end(): string[] {
    const rest = this.#rest + this.#decoder.decode();
    this.#rest = '';
    return rest === '' ? [] : [lastState(rest)];
  }
}

/** A line that was written over by carriage returns is shown as it stood last. */
function lastState(line: string): string {
  const trimmed = line.endsWith('\r') ? line.slice(0, -1) : line;
  return trimmed.slice(trimmed.lastIndexOf('\r') + 1);
}
