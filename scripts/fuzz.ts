/** `npm run fuzz -- SECONDS`: libFuzzer on the helper's `apply`, with AddressSanitizer and UBSan; a crash leaves its input in build/fuzz. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const seconds = Number(process.argv[2] ?? 60);
if (!Number.isInteger(seconds) || seconds < 1) {
  console.error(`fuzz: expected a number of seconds, found "${process.argv[2]}"`);
  process.exit(2);
}
if (spawnSync('clang', ['--version']).status !== 0) {
  console.error('fuzz: needs clang with libFuzzer: apt-get install clang libclang-rt-14-dev');
  process.exit(2);
}
execFileSync('make', ['-s', '-C', join(ROOT, 'native'), 'fuzz'], { stdio: 'inherit' });
const folder = join(ROOT, 'build/fuzz');
mkdirSync(join(folder, 'corpus'), { recursive: true });
const run = spawnSync(
  join(folder, 'fuzz-apply'),
  [
    join(folder, 'corpus'),
    `-max_total_time=${seconds}`,
    '-max_len=65536',
    '-timeout=10',
    '-rss_limit_mb=512',
    '-print_final_stats=1',
    `-artifact_prefix=${folder}/`,
  ],
  { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', maxBuffer: 1 << 28 },
);
const stats = run.stderr.split('\n').filter((l) => /^stat::|ERROR|SUMMARY|Test unit/.test(l));
console.log(stats.join('\n'));
if (run.status !== 0) console.error(run.stderr.slice(-4000));
process.exitCode = run.status === 0 ? 0 : 1;
