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
