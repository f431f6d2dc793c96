import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Measured, median } from '../measure.ts';
import type { Bench, Row, Verdict } from '../row.ts';
import { busyboxTar, importEverywhere, ours, writeContext } from '../workloads.ts';

/** Builds twice from nothing and gives the median time of the second kind of run. */
async function measure(bench: Bench, name: string, context: string, ...flags: string[]): Promise<Measured> {
  const runs: number[] = [];
  for (let i = 0; i < Math.min(3, bench.runs); i++)
    runs.push((await ours(bench, 'build', '--quiet', ...flags, '-t', 'bench/growth', context)).ms);
  return { name, runs, median: median(runs) };
}

function context(bench: Bench, dockerfile: string): string {
  const folder = join(bench.arena.folder, 'context-growth');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(join(folder, 'Dockerfile'), dockerfile);
  return folder;
}

/** Time per unit at the large size over time per unit between the two smaller ones: 1 is linear. */
function slope(
  text: string,
  [small, middle, large]: readonly [Measured, Measured, Measured],
  [a, b, c]: readonly [number, number, number],
): Verdict {
  const early = Math.max(1e-6, (middle.median - small.median) / (b - a));
  return {
    text: `${text}: later slope over earlier`,
    value: (large.median - middle.median) / (c - b) / early,
    target: 1.5,
  };
}

export const growthRow: Row = {
  name: 'growth',
  title: 'growth: context files, layers, stages (nothing cached)',
  async run(bench) {
    await importEverywhere(bench, busyboxTar(bench), 'bench/busybox:1');
    const measured: Measured[] = [];
    const files = [1_000, 10_000, 100_000] as const;
    for (const count of files) {
      const folder = join(bench.arena.folder, 'context-files');
      writeContext(folder, count, 'FROM bench/busybox:1\nCOPY . /app\n');
      measured.push(await measure(bench, `${count} files`, folder, '--no-cache'));
    }
    const layers = [1, 100, 200] as const;
    for (const count of layers)
      measured.push(
        await measure(
          bench,
          `${count} layers`,
          context(
            bench,
            `FROM bench/busybox:1\n${Array.from({ length: count }, (_, i) => `RUN echo ${i} > /f${i}\n`).join('')}`,
          ),
          '--no-cache',
        ),
      );
    const stages = [1, 50, 100] as const;
    for (const count of stages) {
      const text = Array.from({ length: count }, (_, i) => `FROM bench/busybox:1 AS s${i}\nRUN echo ${i} > /f\n`).join(
        '',
      );
      measured.push(
        await measure(
          bench,
          `${count} stages`,
          context(
            bench,
            `${text}FROM scratch\n${Array.from({ length: count }, (_, i) => `COPY --from=s${i} /f /f${i}\n`).join('')}`,
          ),
          '--no-cache',
        ),
      );
    }
    const three = (from: number) => [measured[from]!, measured[from + 1]!, measured[from + 2]!] as const;
    return {
      measured,
      verdicts: [slope('files', three(0), files), slope('layers', three(3), layers), slope('stages', three(6), stages)],
    };
  },
};
