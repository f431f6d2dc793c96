import type { Helper } from '../helper.ts';
import type { ContainerStore } from './stored.ts';

/** What the deeds of the OCI command line work with. */
export interface OciContext {
  store: ContainerStore;
  helper: Helper;
  /** Root of the machine: what cannot be done is an error; else limits become warnings. */
  strict: boolean;
  /** Programs that write id maps for a user who is not root. */
  idMapPrograms?: { uid: string; gid: string };
  warn(message: string): void;
}
