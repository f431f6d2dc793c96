import { sha256 } from '../../oci/digest.ts';
import type { Task, TaskInfo } from '../../progress.ts';
import type { Renderer, RendererOptions } from './renderer.ts';
import { roomFor } from './room.ts';
import { failureText, wasCancelled } from './seconds.ts';

/** One JSON object a line, in the form of BuildKit's solve status: `vertexes`, `statuses`, `logs`, `warnings`. */
export class RawJsonRenderer implements Renderer {
  readonly #out: RendererOptions['out'];
  #count = 0;

  constructor({ out }: Pick<RendererOptions, 'out'>) {
    this.#out = out;
  }

  start({ name, group }: TaskInfo): Task {
    const vertex = sha256(`${++this.#count} ${name}`);
    const started = now();
    const base = {
      digest: vertex,
      name,
      started,
      ...(group === undefined ? {} : { progressGroup: { id: group, name: group } }),
    };
    const write = (value: object) => this.#write(value);
    let last = 0;
    let ended = false;
    const end = (more: object) => {
      if (!ended) write({ vertexes: [{ ...base, completed: now(), ...more }] });
      ended = true;
    };
    const log = (stream: number, data: Uint8Array) => {
      write({ logs: [{ vertex, stream, data: Buffer.from(data).toString('base64'), timestamp: now() }] });
      return roomFor(this.#out);
    };
    write({ vertexes: [base] });
    return {
      output: (stream, chunk) => log(stream === 'stdout' ? 1 : 2, chunk),
      progress(current, total) {
        const time = Date.now();
        if (time - last < 100 && current !== total) return;
        last = time;
        write({
          statuses: [
            {
              id: name,
              vertex,
              current,
              ...(total === undefined ? {} : { total }),
              timestamp: now(),
              started,
              ...(current === total ? { completed: now() } : {}),
            },
          ],
        });
      },
      note: (message) => void log(2, Buffer.from(`${message}\n`)),
      done: (result) => end(result?.cached ? { cached: true } : {}),
      fail: (error) => end({ error: wasCancelled(error) ? 'context canceled' : failureText(error) }),
    };
  }

  warn(message: string): void {
    this.#write({ warnings: [{ level: 1, short: Buffer.from(message).toString('base64') }] });
  }

  close(): void {}

  #write(value: object): void {
    this.#out.write(`${JSON.stringify(value)}\n`);
  }
}

function now(): string {
  return new Date().toISOString();
}
