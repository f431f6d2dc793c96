/** What the door tells its engine, once, before anything else. Data only: the engine's own environment stays sudo's. */
export interface EngineRequest {
  /** The command and its words. */
  words: readonly string[];
  /** The caller's environment, for `-e NAME`, proxies, credentials' place, … */
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  home: string;
  /** Who gets the files that are written for the user, as the engine sees them. */
  owner: { uid: number; gid: number };
  root?: string;
  run?: string;
  debug: boolean;
  rung: 'sudo' | 'userns';
  isTerminal: { stdin: boolean; stdout: boolean; stderr: boolean };
  size: { columns: number; rows: number };
}

/** Engine → door, as control frames. */
export type EngineMessage =
  /** The engine is there; `refusal` says why it cannot work with the privileges that it was given. */
  | { hello: true; refusal?: string }
  /** Room for another piece of stdin. */
  | { wantStdin: true }
  | { rawMode: boolean }
  /** The container wants signals: from now on they are handed on. */
  | { exit: number };

/** Door → engine, as control frames after the request. */
export type DoorMessage = { signal: NodeJS.Signals } | { resize: { columns: number; rows: number } };
