import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interleave } from '../measure.ts';
import { type Bench, type Row, type RowResult, ratio } from '../row.ts';
import { busyboxTar, docker, dockerSubject, importEverywhere, ours, writeContext } from '../workloads.ts';

const DOCKERFILE = `FROM bench/busybox:1
WORKDIR /app
COPY deps /app/deps
RUN find /app/deps -type f | wc -l > /deps-count
COPY src /app/src
RUN find /app/src -type f | sort | xargs cat | sha256sum > /src-sum
CMD ["cat", "/src-sum"]
`;

async function prepare(bench: Bench): Promise<string> {
  await importEverywhere(bench, busyboxTar(bench), 'bench/busybox:1');
  const context = join(bench.arena.folder, 'context-2000');
  writeContext(context, 2000, DOCKERFILE);
  return context;
}

function subjects(bench: Bench, context: string, change?: () => Promise<void>) {
  const before = change ? { prepare: change } : {};
  return [
    { name: 'containerize', run: () => ours(bench, 'build', '--quiet', '-t', 'bench/again', context), ...before },
    ...dockerSubject(
      bench,
      () => docker(bench, ['build', '--quiet', '--network', 'host', '-t', 'bench/again', context]),
      change,
    ),
  ];
}

export const buildUnchangedRow: Row = {
  name: 'build-unchanged',
  title: 'build, nothing changed (2,000 files)',
  async run(bench): Promise<RowResult> {
    const context = await prepare(bench);
    const measured = await interleave(subjects(bench, context), bench.runs * 2);
    return { measured, verdicts: ratio(measured[0]!, measured[1], 1.3) };
  },
};

export const buildChangedRow: Row = {
  name: 'build-changed',
  title: 'build, one source file changed (2,000 files)',
  async run(bench): Promise<RowResult> {
    const context = await prepare(bench);
    let edit = 0;
    const change = async () => writeFileSync(join(context, 'src/d0/f0.js'), `export const edited = ${++edit};\n`);
    const measured = await interleave(subjects(bench, context, change), bench.runs * 2);
    return { measured, verdicts: ratio(measured[0]!, measured[1], 0.6) };
  },
};
