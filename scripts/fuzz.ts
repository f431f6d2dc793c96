/** `npm run fuzz -- SECONDS`: libFuzzer on the helper's `apply`, with AddressSanitizer and UBSan; what made it fail stays in build/fuzz. */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const NATIVE = join(resolve(import.meta.dirname, '..'), 'native');
const seconds = Number(process.argv[2] ?? 60);
if (!Number.isInteger(seconds) || seconds < 1) {
  console.error(`fuzz: expected a number of seconds, found "${process.argv[2]}"`);
  process.exit(2);
}
if (spawnSync('clang', ['--version']).status !== 0) {
  console.error('fuzz: needs clang with libFuzzer: apt-get install clang libclang-rt-14-dev');
  process.exit(2);
}
const run = spawnSync('make', ['-s', '-C', NATIVE, 'fuzz', `FUZZ_SECONDS=${seconds}`], {
  stdio: ['ignore', 'pipe', 'pipe'],
  encoding: 'utf8',
  maxBuffer: 1 << 28,
});
const lines = `${run.stdout}${run.stderr}`.split('\n');
// libFuzzer tells about every new input; what counts are its figures at the end, and everything when it failed.
console.log((run.status === 0 ? lines.filter((line) => line.startsWith('stat::')) : lines.slice(-80)).join('\n'));
process.exitCode = run.status === 0 ? 0 : 1;
