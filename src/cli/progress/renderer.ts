import type { Progress } from '../../progress.ts';

/** Progress as one of the doors shows it. */
export interface Renderer extends Progress {
  /** Draws what is left and gives the terminal back. Nothing may be told afterwards. Idempotent. */
  close(): void;
}

export type ProgressMode = 'auto' | 'tty' | 'plain' | 'rawjson' | 'quiet';

export const PROGRESS_MODES: readonly ProgressMode[] = ['auto', 'tty', 'plain', 'rawjson', 'quiet'];

export interface RendererOptions {
  out: { write(text: string): unknown };
  isTerminal: boolean;
  env: Readonly<Record<string, string | undefined>>;
  size(): { columns: number; rows: number };
  onResize?(listener: () => void): () => void;
}

/** The renderer of a mode; `auto` is `tty` on a terminal that can move its cursor, else `plain`. */
export async function openRenderer(mode: ProgressMode, options: RendererOptions): Promise<Renderer> {
  const { isTerminal, env } = options;
  const chosen = mode !== 'auto' ? mode : isTerminal && env.TERM !== 'dumb' ? 'tty' : 'plain';
  switch (chosen) {
    case 'tty':
      return new (await import('./tty.ts')).TtyRenderer(options);
    case 'rawjson':
      return new (await import('./rawjson.ts')).RawJsonRenderer(options);
    case 'quiet':
      return new (await import('./quiet.ts')).QuietRenderer(options);
    default:
      return new (await import('./plain.ts')).PlainRenderer(options);
  }
}
