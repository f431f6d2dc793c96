import type { Task } from '../../progress.ts';
import type { Renderer, RendererOptions } from './renderer.ts';

const nothing: Task = { output() {}, progress() {}, note() {}, done() {}, fail() {} };

/** Only warnings: the result is printed by the command. */
export class QuietRenderer implements Renderer {
  readonly #out: RendererOptions['out'];

  constructor({ out }: Pick<RendererOptions, 'out'>) {
    this.#out = out;
  }

  start(): Task {
    return nothing;
  }

  warn(message: string): void {
    this.#out.write(`WARN: ${message}\n`);
  }

  close(): void {}
}
