import { stepKey } from '../cache-key.ts';
import { withHistory } from '../history.ts';
import type { Op } from '../vertex.ts';
import { Copy, type CopyStep } from './copy-step.ts';

export type { CopyStep } from './copy-step.ts';

/** The operation of a COPY. Throws at once for what is wrong whatever the files are. */
export function copyOp(step: CopyStep): Op {
  const copy = new Copy(step);
  return {
    kind: step.kind,
    definitionKey: (inputs) => {
      const identity = copy.sourceIdentity(inputs);
      return identity && stepKey(step.kind, [...copy.parts(inputs[0]), ...identity]);
    },
    contentKey: async (inputs, context) => {
      const { digest, files } = await copy.content(context, inputs);
      const parts = copy.parts(inputs[0]?.key);
      return stepKey(step.kind, [...parts, ['files', digest]], () => files);
    },
    execute: async (context) => {
      const snapshot = await context.prepare(copy.independent ? undefined : context.inputs[0]);
      await copy.into(snapshot.overlay, context);
      return context.commit(snapshot);
    },
    configure: (config, outcome) => withHistory(config, step.history, outcome),
  };
}
