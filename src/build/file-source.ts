import type { Digest } from '../oci/digest.ts';
import type { StepContext } from './vertex.ts';

/** Where a bind mount's files are: another step's result, or a folder of the user's. */
export interface FileSource {
  /** Index into the step's inputs; absent for a folder of the user's, which has no definition key. */
  readonly input?: number;
  /** How a message and an explanation name it: `stage build`, `the build context`. */
  readonly name: string;
  /** Digest of everything at and below a path: names, types, modes, owners, contents; never times. */
  digest(path: string, step: StepContext): Promise<Digest>;
  /** A path of this machine with those files, good until the step ends. Nobody may write to it. */
  provide(path: string, step: StepContext): Promise<{ path: string; folder: boolean }>;
}
