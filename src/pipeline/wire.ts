/**
 * Chooses stores, caches and the runtime, each opened when first asked for. The only place where mechanisms meet.
 */
export interface EngineSettings {
  /** State that lasts: content, snapshots, cache, containers, volumes. */
  root: string;
  /** State of this boot: sockets, pid files, mounts. */
  run: string;
  /** The helper binary for this machine. */
  helper: string;
}

export interface Engine {
  readonly settings: EngineSettings;
}
