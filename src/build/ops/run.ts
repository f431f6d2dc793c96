import type { CacheKey } from '../../cache/cache.ts';
import { BuildError } from '../error.ts';
import { withHistory } from '../history.ts';
import type { Op, StepContext, StepKey, StepOutcome, StepResult } from '../vertex.ts';
import type { RunDefinition } from './run-definition.ts';
import { runContentKey, runDefinitionKey } from './run-key.ts';
import type { RunTools } from './run-tools.ts';

/** RUN: a program in a container on the step's root; what it changes becomes the layer. */
export function runOp(run: RunDefinition, tools: RunTools): Op {
  return {
    kind: 'RUN',
    definitionKey: (inputs: readonly CacheKey[]): StepKey | undefined => runDefinitionKey(run, inputs),
    contentKey: (inputs: readonly StepResult[], step: StepContext) => runContentKey(run, inputs, step),
    // The container's side is loaded when something really has to run.
    expect: async () => (await import('./run-execute.ts')).expect(run, tools),
    execute: async (step: StepContext) => (await import('./run-execute.ts')).execute(run, tools, step),
    configure: (config, outcome: StepOutcome) => withHistory(config, `RUN ${run.history} # buildkit`, outcome),
  };
}

/** A mount option that this build was not allowed. */
export function notEntitled(what: string, entitlement: string, location: RunDefinition['location']): BuildError {
  return new BuildError('not-entitled', `${what} is not allowed`, {
    location,
    hint: `allow it with --allow ${entitlement}`,
  });
}
