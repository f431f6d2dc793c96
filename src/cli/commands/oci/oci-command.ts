import type { OciContext } from '../../../runtime/oci/context.ts';
import type { ForegroundTerminal } from '../../../runtime/oci/run.ts';
import type { Arguments, Command } from '../../command.ts';

/** What a command of the OCI command line works with. It runs in the user's own process, with its own descriptors. */
export interface OciIo {
  oci: OciContext;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  terminal: ForegroundTerminal;
  out(text: string): void;
  /** All of stdin: for `update --resources -`. */
  readStdin(): Promise<string>;
}

/** What the door gives: everything that is the process's own. */
export interface OciEnvironment extends Omit<OciIo, 'oci'> {
  /** The default of --root. */
  defaultRoot: string;
  helperBinary: string;
  isRoot: boolean;
  unprivileged?: OciContext['unprivileged'];
  version: string;
  err(text: string): void;
}

/** One command of `containerize oci`. */
export interface OciCommand extends Omit<Command, 'run' | 'examples'> {
  run(args: Arguments, io: OciIo): Promise<number>;
}

/** `--preserve-fds N` and socket activation's LISTEN_FDS together: descriptors from 3 on that the container keeps. */
export function preservedFds(args: Arguments, env: OciIo['env']): number {
  const activated = /^\d{1,4}$/.test(env.LISTEN_FDS ?? '') ? Number(env.LISTEN_FDS) : 0;
  return (args.number('preserve-fds') ?? 0) + activated;
}
