import { StringDecoder } from 'node:string_decoder';
import type { Timeline } from '../cli/job/timeline.ts';
import { wasCancelled } from '../cli/progress/seconds.ts';
import { messageOf } from '../errors.ts';
import type { Progress, Task, TaskInfo } from '../progress.ts';
import { commandData, noCommand, plainLine, StopCommands } from './untrusted.ts';

/** Lines that wait while another step is shown; beyond that the oldest are left out, and that is said. */
const MOST_HELD = 20_000;
/** Characters of these. */
const MOST_HELD_TEXT = 16 * 1024 * 1024;
/** A step that is over sooner and said nothing is one line, no group. */
const QUIET_MS = 1;

/**
 * The log of a step: one group for each task. Groups cannot lie in each other and tasks run side by side, so one task has
 * the floor and is shown as it speaks; the others' lines wait for their turn.
 */
export class ActionsLog implements Progress {
  readonly #write: (text: string) => void;
  readonly #stops: StopCommands;
  readonly #timeline: Timeline;
  readonly #onWarning: (message: string) => void;
  /** When there is room for more lines; undefined: now. */
  readonly room: () => Promise<void> | undefined;
  readonly #waiting: LoggedTask[] = [];
  #current: LoggedTask | undefined;

  constructor(
    write: (text: string) => void,
    timeline: Timeline,
    onWarning: (message: string) => void,
    room: () => Promise<void> | undefined = () => undefined,
  ) {
    this.room = room;
    this.#write = write;
    this.#stops = new StopCommands(write);
    this.#timeline = timeline;
    this.#onWarning = onWarning;
  }

  start(info: TaskInfo): Task {
    return new LoggedTask(info, this, this.#timeline.begin(info));
  }

  warn(message: string): void {
    this.#trusted(() => this.#onWarning(message));
  }

  /** A line of ours outside of groups. */
  line(text: string): void {
    this.#trusted(() => this.#write(`${plainLine(text)}\n`));
  }

  /** Lets `print` write workflow commands: the runner listens while it runs. */
  trusted(print: () => void): void {
    this.#trusted(print);
  }

  /** Shows what is still held back; nothing may be left out because of an error elsewhere. */
  close(): void {
    if (this.#current !== undefined) this.#end(this.#current);
    for (const task of this.#waiting.splice(0)) this.#showWhole(task);
    this.#stops.resume();
  }

  /** A task has new lines. */
  spoke(task: LoggedTask): void {
    if (this.#current === undefined) {
      this.#begin(task);
    }
    if (this.#current === task) this.#flush(task);
    else if (!this.#waiting.includes(task)) this.#waiting.push(task);
  }

  ended(task: LoggedTask): void {
    if (this.#current === task) {
      this.#end(task);
      // whoever ended meanwhile is told whole; the first that still runs gets the floor
      for (const next of [...this.#waiting]) {
        if (!next.ended) continue;
        this.#waiting.splice(this.#waiting.indexOf(next), 1);
        this.#showWhole(next);
      }
      const running = this.#waiting.shift();
      if (running !== undefined) this.#begin(running);
      return;
    }
    if (this.#current === undefined) {
      const at = this.#waiting.indexOf(task);
      if (at >= 0) this.#waiting.splice(at, 1);
      this.#showWhole(task);
    } else if (!this.#waiting.includes(task)) this.#waiting.push(task);
  }

  #begin(task: LoggedTask): void {
    const at = this.#waiting.indexOf(task);
    if (at >= 0) this.#waiting.splice(at, 1);
    this.#current = task;
    this.#stops.resume();
    this.#write(`::group::${commandData(plainLine(task.title()))}\n`);
    this.#flush(task);
  }

  #end(task: LoggedTask): void {
    this.#flush(task);
    this.#stops.resume();
    this.#write('::endgroup::\n');
    if (task.ended) this.#write(`${plainLine(`${task.mark()} ${task.title()} ${task.outcome()}`)}\n`);
    this.#current = undefined;
  }

  #showWhole(task: LoggedTask): void {
    if (task.ended && task.silent && task.milliseconds >= 0 && task.held.length <= QUIET_MS) {
      const note = task.held[0]?.text;
      this.#stops.resume();
      this.#write(`${plainLine(`${task.mark()} ${task.title()} ${task.outcome()}${note ? `: ${note}` : ''}`)}\n`);
      return;
    }
    this.#begin(task);
    this.#end(task);
  }

  #flush(task: LoggedTask): void {
    const lines = task.held.splice(0);
    task.heldText = 0;
    if (task.dropped > 0) {
      this.#stops.stop();
      this.#write(`(${task.dropped} lines are left out here)\n`);
      task.dropped = 0;
    }
    for (const { text, untrusted } of lines) {
      if (untrusted) this.#stops.stop();
      this.#write(`${untrusted ? noCommand(text) : plainLine(text)}\n`);
    }
  }

  #trusted(print: () => void): void {
    this.#stops.resume();
    print();
  }
}

interface Line {
  text: string;
  untrusted: boolean;
}

class LoggedTask implements Task {
  readonly #info: TaskInfo;
  readonly #log: ActionsLog;
  readonly #step: ReturnType<Timeline['begin']>;
  readonly #decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() };
  readonly #partial = { stdout: '', stderr: '' };
  readonly held: Line[] = [];
  heldText = 0;
  dropped = 0;
  ended = false;
  /** No program of the user's spoke in it. */
  silent = true;
  #result: { cached?: boolean; failed?: string } = {};

  constructor(info: TaskInfo, log: ActionsLog, step: ReturnType<Timeline['begin']>) {
    this.#info = info;
    this.#log = log;
    this.#step = step;
  }

  get milliseconds(): number {
    return this.#step.milliseconds();
  }

  title(): string {
    return this.#info.name;
  }

  mark(): string {
    if (this.#result.failed !== undefined) return '✗';
    return this.#result.cached ? '·' : '✓';
  }

  outcome(): string {
    if (this.#result.failed !== undefined) return `failed: ${this.#result.failed}`;
    return this.#result.cached ? 'cached' : `${(this.milliseconds / 1000).toFixed(1)}s`;
  }

  output(stream: 'stdout' | 'stderr', chunk: Uint8Array): Promise<void> | undefined {
    this.silent = false;
    const text = this.#partial[stream] + this.#decoders[stream].write(chunk as Buffer);
    // the runner ends a line at a carriage return too
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    this.#partial[stream] = lines.pop()!;
    if (this.#partial[stream].length > 64 * 1024) {
      lines.push(this.#partial[stream]);
      this.#partial[stream] = '';
    }
    this.#hold(lines.map((line) => ({ text: line, untrusted: true })));
    return this.#log.room();
  }

  progress(): void {
    // a log has no bars; transfers say what they moved when they end
  }

  note(message: string): void {
    this.#step.note(message);
    this.#hold([{ text: message, untrusted: false }]);
  }

  done(result: { cached?: boolean } = {}): void {
    this.#finish(result);
  }

  fail(error: unknown): void {
    this.#finish({ failed: wasCancelled(error) ? 'cancelled' : messageOf(error).split('\n')[0]!.slice(0, 300) });
  }

  #finish(result: { cached?: boolean; failed?: string }): void {
    if (this.ended) return;
    this.#result = result;
    this.#step.end(result);
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.#partial[stream] + this.#decoders[stream].end();
      this.#partial[stream] = '';
      if (rest !== '') this.#hold([{ text: rest.replace(/\r$/, ''), untrusted: true }]);
    }
    this.ended = true;
    this.#log.ended(this);
  }

  #hold(lines: Line[]): void {
    if (lines.length === 0) return;
    for (const line of lines) {
      this.held.push(line);
      this.heldText += line.text.length;
    }
    if (this.held.length > MOST_HELD || this.heldText > MOST_HELD_TEXT) {
      let left = 0;
      let text = this.heldText;
      while (this.held.length - left > MOST_HELD || text > MOST_HELD_TEXT) text -= this.held[left++]!.text.length;
      this.held.splice(0, left);
      this.heldText = text;
      this.dropped += left;
    }
    // what says nothing but notes is told when it ends, in one line
    if (!this.silent) this.#log.spoke(this);
  }
}
