import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { TestReport } from '../../src/reports.ts';
import { busyboxImage } from '../helpers/busybox-image.ts';
import { CommandLine } from '../helpers/command-line.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

const folder = await scratchFolder('testing-trouble');
const cli = new CommandLine(join(folder, 'cli'));
const cwd = join(folder, 'cli', 'cwd');

beforeAll(async () => {
  await mkdir(cwd, { recursive: true });
  const image = await busyboxImage(await (await cli.engine).content(), { config: { WorkingDir: '/app' } });
  await (await (await cli.engine).refs()).set('docker.io/library/app:1', image.descriptor);
});

async function report(...words: string[]): Promise<{ code: number; report: TestReport; stderr: string }> {
  const { code, stdout, stderr } = await cli.run(['test', '--progress', 'quiet', '--json', ...words]);
  return { code, stderr, report: stdout === '' ? (undefined as never) : JSON.parse(stdout) };
}

/** Arguments of all processes here. */
async function commands(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
}

describe('a run that is cancelled', () => {
  test('ends at once, copies out what was written so far, and leaves nothing running', async () => {
    const cancel = new AbortController();
    cli.signal = cancel.signal;
    const running = report(
      '--output-dir',
      'cut',
      '--report',
      'part.txt',
      '--run',
      'echo half > part.txt; sleep 31415 & sleep 31415',
      '--run',
      'echo other > part.txt; exec sleep 31415',
      '--jobs',
      '2',
      'app:1',
    );
    await until(async () => (await commands()).filter((line) => line === 'sleep\0' + '31415\0').length === 3);
    const began = performance.now();
    cancel.abort();
    const { code } = await running;
    cli.signal = new AbortController().signal;
    expect(code).toBe(130);
    expect(performance.now() - began).toBeLessThan(5000);
    expect((await commands()).filter((line) => line.includes('31415\0'))).toEqual([]);
    expect(await (await (await cli.engine).containers()).list()).toEqual([]);
    const texts = (await readdir(join(cwd, 'cut'), { recursive: true })).filter((name) => name.endsWith('part.txt'));
    expect(texts).toHaveLength(2);
    expect((await Promise.all(texts.map((name) => readFile(join(cwd, 'cut', name), 'utf8')))).sort()).toEqual([
      'half\n',
      'other\n',
    ]);
  });

  test('before it began does nothing', async () => {
    cli.signal = AbortSignal.abort();
    const { code } = await report('--run', 'true', 'app:1');
    cli.signal = new AbortController().signal;
    expect(code).toBe(130);
  });
});

describe('reports', () => {
  test('patterns and folders count from the working directory of the image', async () => {
    for (const path of ['*.xml', '**/*.xml', '.']) {
      const { code, report: got } = await report('--report', path, '--run', 'echo "<a/>" > j.xml', 'app:1');
      expect([code, got.results[0]!.reports.map((file) => file.replace(/^[^/]*\//, ''))]).toEqual([0, ['app/j.xml']]);
    }
  });

  test('a path from the root folder takes what the test wrote, and nothing that we put there', async () => {
    const { report: got } = await report('-w', '/', '--report', '*.txt', '--run', 'echo 1 > top.txt', 'app:1');
    expect(got.results[0]!.reports.map((file) => file.replace(/^[^/]*\//, ''))).toEqual(['top.txt']);
  });

  test('more than 2 GiB is a failure by name, and nothing of it is copied', async () => {
    const words = ['--output-dir', 'big', '--report', 'out', '--run', 'mkdir out; truncate -s 3G out/big', 'app:1'];
    const { code, report: got } = await report(...words);
    expect(code).toBe(1);
    expect(got.results[0]).toMatchObject({
      outcome: 'failed',
      reports: [],
      message: `its report paths name 1 files with ${3 * 2 ** 30} bytes: at most 10000 files and ${2 * 2 ** 30} bytes are copied`,
    });
    expect(await readdir(join(cwd, 'big'))).toEqual(['.containerize-tests']);
  });

  test('nor are more than 10,000 files', async () => {
    const make = 'mkdir out; cd out; i=0; while [ $i -le 10000 ]; do : > $i; i=$((i+1)); done';
    const { code, report: got } = await report('--report', 'out', '--run', make, 'app:1');
    expect(code).toBe(1);
    expect(got.results[0]!.message).toMatch(/^its report paths name 10001 files with 0 bytes/);
  });

  test('a report with very many cases is counted, not given up', async () => {
    const make =
      'echo "<testsuite>" > j.xml; yes "<testcase name=\\"a\\"/>" | head -300000 >> j.xml; echo "<testcase name=\\"b\\"><failure/></testcase></testsuite>" >> j.xml';
    const { code, report: got } = await report('--report', 'j.xml', '--run', make, 'app:1');
    expect(got.results[0]!.warnings).toEqual([]);
    expect(code).toBe(1);
    expect(got.results[0]!.cases[0]).toMatchObject({ name: 'b', outcome: 'failed' });
  });

  test('many reports are all read, in their order, and what cannot be read is named', async () => {
    const make =
      'mkdir out; i=10; while [ $i -lt 60 ]; do echo "<testsuite><testcase name=\\"c$i\\"/></testsuite>" > out/$i.xml; i=$((i+1)); done; echo "<x" > out/33.xml; dd if=/dev/zero of=out/44.xml bs=1M count=9 2>/dev/null';
    const { report: got } = await report('--report', 'out', '--run', make, 'app:1');
    const names = Array.from({ length: 50 }, (_, i) => i + 10).filter((i) => i !== 33 && i !== 44);
    expect(got.results[0]!.cases.map(({ name }) => name)).toEqual(names.map((i) => `c${i}`));
    expect(got.results[0]!.warnings).toEqual([
      expect.stringContaining('out/33.xml:'),
      expect.stringContaining('out/44.xml:'),
    ]);
  });

  test('names with line ends and escapes stay on their line', async () => {
    const name = "$(printf 'a\\n::error::b\\033[2J')";
    const { stdout } = await cli.run([
      'test',
      '--progress',
      'quiet',
      '--report',
      'o',
      '--run',
      `mkdir o; : > "o/${name}"`,
      'app:1',
    ]);
    expect(stdout).toMatch(/^ {4}reports: .*app\/o\/a ::error::b$/m);
  });
});

describe('reports that cannot be copied', () => {
  test.each([
    ['passed', 'could not be run', 'true', 2],
    ['failed', 'failed', 'exit 3', 1],
  ])('leave known how the test ended: one that %s is one that %s', async (was, _, end, expected) => {
    const out = join(cwd, `gone-${was}`);
    const running = report(
      '--output-dir',
      `gone-${was}`,
      '--report',
      'r',
      '--run',
      `echo 1 > r; sleep 1; ${end}`,
      'app:1',
    );
    await until(() =>
      stat(join(out, '.containerize-tests')).then(
        () => true,
        () => false,
      ),
    );
    await rm(out, { recursive: true });
    await writeFile(out, 'a file has its place');
    const { code, report: got } = await running;
    expect(code).toBe(expected);
    const [result] = got.results;
    expect([result!.message, ...result!.warnings].join()).toMatch(/its reports could not be copied: .*gone-/);
    expect(result!.message).toMatch(was === 'passed' ? /^its reports/ : /^ended with 3$/);
    expect(result!.exitCode).toBe(was === 'passed' ? 0 : 3);
  });
});

describe('the folder of the output', () => {
  test('a folder of the user’s with the name of a test is left alone', async () => {
    await mkdir(join(cwd, 'src'));
    await writeFile(join(cwd, 'src/precious'), 'mine');
    const { code, stderr } = await report('--output-dir', '.', '--report', 'r.txt', '--run', 'src', 'app:1');
    expect(code).toBe(65);
    expect(stderr).toContain('src is there already, and no test run made it');
    expect((await report('--output-dir', '.', '--run', 'src', 'app:1')).code).toBe(1);
    expect(await readFile(join(cwd, 'src/precious'), 'utf8')).toBe('mine');
  });

  test('without reports nothing is made', async () => {
    await report('--output-dir', 'unused', '--run', 'true', 'app:1');
    expect(await readdir(cwd)).not.toContain('unused');
  });
});

describe('the merged report', () => {
  test('is written into folders that are made for it, owned by the caller', async () => {
    cli.owner = { uid: 1234, gid: 2345 };
    expect((await report('--junit', 'new/deep/j.xml', '--run', 'true', 'app:1')).code).toBe(0);
    cli.owner = { uid: process.getuid!(), gid: process.getgid!() };
    const { uid, mode } = await stat(join(cwd, 'new/deep/j.xml'));
    expect([uid, mode & 0o777, (await stat(join(cwd, 'new'))).uid]).toEqual([1234, 0o644, 1234]);
    expect(await readdir(join(cwd, 'new/deep'))).toEqual(['j.xml']);
  });

  test('goes through no link of the checkout, neither a folder nor a file', async () => {
    await mkdir(join(folder, 'outside'));
    await writeFile(join(folder, 'outside/profile'), 'mine');
    await symlink(join(folder, 'outside'), join(cwd, 'away'));
    await report('--junit', 'away/j.xml', '--run', 'true', 'app:1');
    await symlink(join(folder, 'outside/profile'), join(cwd, 'link.xml'));
    expect((await report('--junit', 'link.xml', '--run', 'true', 'app:1')).code).toBe(0);
    expect(await readdir(join(folder, 'outside'))).toEqual(['profile']);
    expect(await readFile(join(folder, 'outside/profile'), 'utf8')).toBe('mine');
    expect(await readFile(join(cwd, 'link.xml'), 'utf8')).toContain('<testsuites');
  });
});

describe('a command line that is wrong', () => {
  test.each([
    [['--memory', 'lots', '--run', 'true', 'app:1'], /--memory: expected a size/],
    [['--jobs', '0', '--run', 'true', 'app:1'], /--jobs: expected a number of containers, found "0"/],
    [['app:1', '--run', 'true'], /flags stand before the image, found --run after app:1/],
    [['--target', 'a', '--target', 'b', '--checks', 'c.yaml'], /need one --target to be about/],
    [['--run', 'true'], /an image is needed/],
  ] as [string[], RegExp][])('%j ends with 125, and nothing is run', async (words, message) => {
    const { code, stderr } = await report(...words);
    expect([code, stderr]).toEqual([125, expect.stringMatching(message)]);
  });
});

describe('stages', () => {
  test('one that does not come to an end has failed after its time', async () => {
    await writeFile(join(cwd, 'Slow'), 'FROM app:1 AS slow\nRUN sleep 27183\n');
    const began = performance.now();
    const { code, report: got } = await report('--target', 'slow', '-f', 'Slow', '--timeout', '1s');
    expect(got.results[0]).toMatchObject({ outcome: 'failed', message: 'stage slow did not build within 1 s' });
    expect(code).toBe(1);
    expect(performance.now() - began).toBeLessThan(8000);
    await until(async () => !(await commands()).some((line) => line.includes('27183')));
  });

  test('checks can be about a stage', async () => {
    await writeFile(join(cwd, 'Stage'), 'FROM app:1 AS dev\nRUN echo 1 > /made\n');
    await writeFile(
      join(cwd, 'c.yaml'),
      'schemaVersion: 2.0.0\nfileExistenceTests: [{ name: made, path: /made, shouldExist: true }]\n',
    );
    expect((await report('--target', 'dev', '-f', 'Stage', '--checks', 'c.yaml')).code).toBe(0);
  });

  test('what says nothing of the stage is no failed test: no such stage, a base that cannot be had', async () => {
    await writeFile(
      join(cwd, 'Dockerfile'),
      'FROM localhost:1/none:1 AS away\nFROM app:1 AS bad\nRUN echo the reason; exit 3\nFROM app:1 AS copy\nCOPY none /\n',
    );
    const { code, report: got } = await report('--target', 'nope', '--target', 'away');
    expect(got.results.map(({ outcome }) => outcome)).toEqual(['broken', 'broken']);
    expect(got.results[0]!.message).toMatch(/^could not be run: target stage "nope" could not be found/);
    expect(code).toBe(2);
    const { report: failed } = await report('--target', 'bad', '--target', 'copy');
    expect(failed.results.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
    expect(failed.results[0]!.output).toEqual(['the reason']);
  });
});
