import { silent } from '../../progress.ts';
import type { Gate } from '../../release/gates.ts';
import type { TestSpec } from '../../testing/spec.ts';
import type { Containerize } from '../api.ts';

/** What is left of what a failed test said. */
const LINES = 5;

export interface TestGateOptions {
  /** What is asked, for the log: `image checks`. */
  name: string;
  tests: readonly TestSpec[];
  /** Paths in the tests are from here. */
  folder: string;
  /** The caller's environment, of which image checks may name variables. */
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}

/** Runs tests on the very image that is to be live, on this machine: the release goes on when all of them pass. */
export function testGate(containerize: Containerize, options: TestGateOptions): Gate {
  const { name, tests, folder, env, signal } = options;
  return {
    name,
    async ask({ reference }) {
      await containerize.pull(reference, { signal });
      const { testImage } = await import('../test/image.ts');
      const request = { image: reference, tests, repository: { folder, context: '.' }, env };
      const { results } = await testImage(containerize.engine, request, { progress: silent, signal });
      const bad = results.filter(({ outcome }) => outcome === 'failed' || outcome === 'broken');
      if (bad.length === 0) return { passed: true, message: results.map((result) => result.name).join(', ') };
      const said = bad.map((result) => {
        const cases = (result.cases ?? []).filter(({ outcome }) => outcome === 'failed' || outcome === 'error');
        const lines = cases.slice(0, LINES).map((one) => `\n    ${one.name}: ${one.message ?? one.outcome}`);
        return `${result.name}: ${result.message ?? result.outcome}${lines.join('')}`;
      });
      return { passed: false, message: said.join('\n  ') };
    },
  };
}
