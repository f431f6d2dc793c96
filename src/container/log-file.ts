import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { codeOf } from '../errors.ts';
import { parseTimestamp, timeOf } from './timestamp.ts';

/** One line of the log: what a container wrote at once, in Docker's json-file form. */
export interface LogEntry {
  log: string;
  stream: 'stdout' | 'stderr';
  /** RFC 3339 with nanoseconds. */
  time: string;
}

export interface LogOptions {
  /** Keep reading until the container ends. */
  follow?: boolean;
  /** The last N lines; undefined: all. */
  tail?: number;
  /** Milliseconds since 1970. */
  since?: number;
  until?: number;
  signal?: AbortSignal;
}

const CHUNK = 64 * 1024;
/** Changes are noticed at once; this is for what a watcher misses. */
const POLL_MS = 250;

/** The entries of a container's log, oldest first. With `follow` it goes on until `isOver` says that nothing will come. */
export async function* readLog(
  path: string,
  options: LogOptions,
  isOver: () => Promise<boolean>,
): AsyncGenerator<LogEntry, void, undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const changes = options.follow ? new Changes(path, options.signal) : undefined;
  try {
    let position = options.tail === undefined ? 0 : await positionOfTail(file, options.tail);
    let rest = Buffer.alloc(0);
    for (;;) {
      // asked before reading: what was written before the end is then read for sure
      const over = !options.follow || options.signal?.aborted || (await isOver());
      for (;;) {
        const buffer = Buffer.allocUnsafe(CHUNK);
        const { bytesRead } = await file.read(buffer, 0, CHUNK, position);
        if (bytesRead === 0) break;
        position += bytesRead;
        rest = rest.length === 0 ? buffer.subarray(0, bytesRead) : Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
        let start = 0;
        for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10, start)) {
          const entry = parseEntry(rest.toString('utf8', start, at));
          start = at + 1;
          if (entry === undefined) continue;
          const time = timeOf(entry.time);
          if (options.since !== undefined && time < options.since) continue;
          if (options.until !== undefined && time > options.until) return;
          yield entry;
        }
        rest = rest.subarray(start);
      }
      if (over) return;
      await changes!.next();
    }
  } finally {
    changes?.close();
    await file.close();
  }
}

/** What `--since` and `--until` take: a duration before now, a Unix time, or a date. Milliseconds. */
export function parseLogTime(text: string, now = Date.now()): number | undefined {
  return parseTimestamp(text, now);
}

/** Where the last `lines` lines begin, found from the end. */
async function positionOfTail(file: FileHandle, lines: number): Promise<number> {
  let position = (await file.stat()).size;
  if (lines <= 0) return position;
  let wanted = lines;
  const buffer = Buffer.allocUnsafe(CHUNK);
  let isLast = true;
  while (position > 0) {
    const length = Math.min(CHUNK, position);
    position -= length;
    const { bytesRead } = await file.read(buffer, 0, length, position);
    // the newline that ends the last line begins no other
    let at = bytesRead - (isLast && buffer[bytesRead - 1] === 10 ? 2 : 1);
    isLast = false;
    for (
      at = at < 0 ? -1 : buffer.subarray(0, at + 1).lastIndexOf(10);
      at >= 0;
      at = at === 0 ? -1 : buffer.subarray(0, at).lastIndexOf(10)
    ) {
      if (--wanted === 0) return position + at + 1;
    }
  }
  return 0;
}

/** A line that a crash left unfinished is passed over. */
function parseEntry(line: string): LogEntry | undefined {
  try {
    const entry = JSON.parse(line) as LogEntry;
    return typeof entry.log === 'string' ? entry : undefined;
  } catch {
    return undefined;
  }
}

class Changes {
  #watcher: FSWatcher | undefined;
  #wake: (() => void) | undefined;
  #changed = false;
  readonly #notice = (): void => {
    this.#changed = true;
    this.#wake?.();
  };
  readonly #signal: AbortSignal | undefined;

  constructor(path: string, signal: AbortSignal | undefined) {
    this.#signal = signal;
    signal?.addEventListener('abort', this.#notice);
    try {
      this.#watcher = watch(path, this.#notice).on('error', () => {});
    } catch {
      // no inotify instance left: the timer does
    }
  }

  async next(): Promise<void> {
    if (!this.#changed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, POLL_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#changed = false;
    this.#wake = undefined;
  }

  close(): void {
    this.#watcher?.close();
    this.#signal?.removeEventListener('abort', this.#notice);
  }
}
