/**
 * `npm run bench [-- --only NAME[,NAME]] [--runs N]`: our figures beside those of the peers that are installed,
 * interleaved in one run. Prints a Markdown table.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openArena } from './arena.ts';
import { installed, startDocker } from './peers.ts';
import type { Bench, Row, RowResult } from './row.ts';
import { actionStartRow } from './rows/action-start.ts';
import { applyRow } from './rows/apply.ts';
import { buildChangedRow, buildUnchangedRow } from './rows/build-again.ts';
import { buildColdRow } from './rows/build-cold.ts';
import { freshRunnerRow } from './rows/fresh-runner.ts';
import { growthRow } from './rows/growth.ts';
import { helperStartRow } from './rows/helper-start.ts';
import { memoryRow } from './rows/memory.ts';
import { runRow } from './rows/run.ts';
import { pullRow, pushRow } from './rows/transfer.ts';

const ROWS: readonly Row[] = [
  helperStartRow,
  runRow,
  applyRow,
  buildUnchangedRow,
  buildChangedRow,
  buildColdRow,
  pushRow,
  pullRow,
  freshRunnerRow,
  actionStartRow,
  memoryRow,
  growthRow,
];

const { values } = parseArgs({ options: { only: { type: 'string' }, runs: { type: 'string', default: '5' } } });
const wanted = values.only?.split(',');
const rows = ROWS.filter((row) => wanted === undefined || wanted.includes(row.name));
if (rows.length === 0) {
  console.error(`bench: expected --only with some of ${ROWS.map((r) => r.name).join(', ')}, found ${values.only}`);
  process.exit(2);
}

const project = resolve(import.meta.dirname, '..');
const arena = openArena();
const docker = await startDocker(join(arena.folder, 'docker'));
const env = { CONTAINERIZE_ROOT: join(arena.folder, 'root'), CONTAINERIZE_RUN: join(arena.folder, 'run') };

const bench: Bench = {
  arena,
  runs: Number(values.runs),
  docker,
  containerize: [process.execPath, join(project, 'dist/cli.js')],
  env,
  project,
  async debianTar() {
    const tar = join(arena.folder, 'debian.tar');
    if (existsSync(tar)) return tar;
    if (!installed('mmdebstrap')) throw new Error('needs mmdebstrap: apt-get install mmdebstrap');
    mkdirSync(arena.folder, { recursive: true });
    execFileSync(
      'mmdebstrap',
      ['--quiet', '--variant=minbase', '--include=perl,python3-minimal,libpython3-stdlib', 'bookworm', tar],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    return tar;
  },
};

function format(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toFixed(ms < 10 ? 2 : 0)} ms`;
}

function line(row: Row, result: RowResult): string {
  const figures = result.measured.map((m) => `${m.name} ${format(m.median)}`).join(' · ');
  const verdicts = result.verdicts
    .map((v) => `${v.value <= v.target ? '✓' : '✗'} ${v.value.toFixed(2)} ${v.text} (≤ ${v.target})`)
    .join('<br>');
  return `| ${row.title} | ${figures} | ${verdicts} |${result.notes?.length ? ` ${result.notes.join('; ')} |` : ' |'}`;
}

console.log(
  `\n${cpus().length} CPUs (${cpus()[0]?.model}), ${Math.round(totalmem() / 1024 ** 3)} GiB, ${arena.describe}, Node ${process.versions.node}, ${docker?.version ?? 'no dockerd'}; medians of ${bench.runs}\n`,
);
console.log('| work | medians | ours against the peer | notes |\n|---|---|---|---|');
let failed = false;
try {
  for (const row of rows) {
    try {
      console.log(line(row, await row.run(bench)));
    } catch (error) {
      failed = true;
      console.log(
        `| ${row.title} | could not be measured: ${String(error instanceof Error ? error.message : error)
          .replaceAll('\n', ' ')
          .replace(/^(.{120}).*(.{280})$/, '$1 … $2')} | | |`,
      );
    }
  }
} finally {
  await docker?.stop();
  arena.close();
}
process.exitCode = failed ? 1 : 0;
