import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Runner } from '../../__tests__/helpers/runner/runner.ts';
import { interleave } from '../measure.ts';
import type { Bench, Row } from '../row.ts';

/** What the step says when the Dockerfile is being read: everything before is ours to answer for. */
const FIRST_WORK = /load build definition/;

/** From the start of the Action's process, as the runner starts it, to the first work on the user's build. */
export const actionStartRow: Row = {
  name: 'action-start',
  title: 'the Action: from its start to the first work on the build',
  async run(bench: Bench) {
    const folder = join(bench.arena.folder, 'action');
    const workspace = join(folder, 'workspace');
    mkdirSync(workspace, { recursive: true });
    writeFileSync(join(workspace, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n');
    const runner = new Runner(bench.project, folder);
    const [start] = await interleave(
      [
        {
          name: 'containerize',
          async run() {
            let ms: number | undefined;
            const began = performance.now();
            const step = await runner.step({
              workspace,
              inputs: { command: 'build' },
              env: bench.env,
              onStart(child, output) {
                child.stdout!.on('data', () => {
                  if (ms === undefined && FIRST_WORK.test(output())) ms = performance.now() - began;
                });
              },
            });
            if (step.code !== 0 || ms === undefined) throw new Error(`the step ended with ${step.code}:\n${step.raw}`);
            return { ms, peak: {}, stdout: '' };
          },
        },
      ],
      bench.runs,
    );
    rmSync(folder, { recursive: true, force: true });
    const bytes = javascriptIn(join(bench.project, 'dist'));
    return {
      measured: [start!],
      verdicts: [
        { text: 'ms', value: start!.median, target: 300 },
        { text: 'MB of JavaScript in dist/', value: bytes / 1e6, target: 5 },
      ],
    };
  },
};

function javascriptIn(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[cm]?js$/.test(name))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
