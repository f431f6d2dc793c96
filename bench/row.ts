import type { Arena } from './arena.ts';
import type { Measured } from './measure.ts';
import type { Docker } from './peers.ts';

/** What a row may use. Peers that are not installed are undefined. */
export interface Bench {
  arena: Arena;
  runs: number;
  docker: Docker | undefined;
  /** `node dist/cli.js` with its state in the arena. */
  containerize: readonly string[];
  env: Record<string, string>;
  /** Repository root. */
  project: string;
  /** Tar of a Debian root filesystem, made once. */
  debianTar(): Promise<string>;
}

export interface RowResult {
  measured: Measured[];
  /** What the table says of each comparison. */
  verdicts: Verdict[];
  /** Anything a reader must know: a peer that is missing, how the work was cut. */
  notes?: string[];
}

export interface Verdict {
  text: string;
  /** Our figure divided by the peer's, or the figure itself. */
  value: number;
  /** The most that it may be. */
  target: number;
}

export interface Row {
  name: string;
  title: string;
  run(bench: Bench): Promise<RowResult>;
}

/** Ours against a peer's median. */
export function ratio(ours: Measured, peer: Measured | undefined, target: number): Verdict[] {
  return peer === undefined ? [] : [{ text: `× ${peer.name}`, value: ours.median / peer.median, target }];
}
