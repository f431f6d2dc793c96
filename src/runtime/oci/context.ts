import type { Helper } from '../helper.ts';
import type { ContainerStore } from './stored.ts';

/** What the deeds of the OCI command line work with. */
export interface OciContext {
  store: ContainerStore;
  helper: Helper;
  /** Root of the machine: what cannot be done is an error; else limits become warnings. */
  strict: boolean;
  /** We are not root: who we are, and the programs that write maps of more than our own id. */
  unprivileged?: { uid: number; gid: number; programs: { uid: string; gid: string } | undefined };
  warn(message: string): void;
}
