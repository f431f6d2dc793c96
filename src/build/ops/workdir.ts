import type { Layer } from '../../content/store.ts';
import { stepKey } from '../cache-key.ts';
import { withHistory } from '../history.ts';
import type { Op, StepContext } from '../vertex.ts';
import { makeWorkdir } from './root-folder.ts';

/** WORKDIR: the folder is made, 0755 and the user's, when the image does not have it. */
export function workdirOp(path: string, user: string): Op {
  return {
    kind: 'WORKDIR',
    definitionKey: ([base]) =>
      stepKey('workdir', [
        ['base', base],
        ['instruction', path],
        ['user', user],
      ]),
    contentKey: async () => undefined,
    execute: (step: StepContext): Promise<Layer | undefined> => makeWorkdir(step, path, user),
    configure: (config, outcome) =>
      withHistory({ ...config, config: { ...config.config, WorkingDir: path } }, `WORKDIR ${path}`, outcome),
  };
}
