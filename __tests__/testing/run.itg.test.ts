import { lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { TestReport } from '../../src/reports.ts';
import { busyboxImage } from '../helpers/busybox-image.ts';
import { CommandLine } from '../helpers/command-line.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('testing');
const cli = new CommandLine(join(folder, 'cli'));
const cwd = join(folder, 'cli', 'cwd');

beforeAll(async () => {
  await mkdir(cwd, { recursive: true });
  const engine = await cli.engine;
  const image = await busyboxImage(await engine.content(), {
    config: { WorkingDir: '/app', Volumes: { '/data': {} } },
    files: { 'app/old.xml': '<testsuite/>', 'app/fails-once': 'x' },
  });
  await (await engine.refs()).set('docker.io/library/app:1', image.descriptor);
});

/** Runs `containerize test` and gives its report. */
async function report(...words: string[]): Promise<{ code: number; report: TestReport; stderr: string }> {
  const { code, stdout, stderr } = await cli.run(['test', '--progress', 'quiet', '--json', ...words]);
  return { code, stderr, report: stdout === '' ? (undefined as never) : JSON.parse(stdout) };
}

describe('containerize test', () => {
  test('commands run side by side, each in a fresh container without a network', async () => {
    const { code, report: got } = await report(
      '--run',
      'touch /mine; test ! -e /yours; test "$(pwd)" = /app; test $(ls /sys/class/net) = lo',
      '--run',
      'touch /yours; test ! -e /mine',
      'app:1',
    );
    expect(got.results.map(({ outcome, message }) => [outcome, message])).toEqual([
      ['passed', undefined],
      ['passed', undefined],
    ]);
    expect(code).toBe(0);
    expect(got.results[0]!.memoryPeak ?? 1).toBeGreaterThan(0);
    expect(await (await (await cli.engine).containers()).list()).toEqual([]);
  });

  test('a program can be given as words, without a shell', async () => {
    expect(await report('app:1', 'echo', '$HOME')).toMatchObject({
      code: 0,
      report: { passed: 1, results: [{ name: 'echo $HOME', output: ['$HOME'] }] },
    });
  });

  test('a failure gives 1, with its exit code and the last lines of its output', async () => {
    const { code, stdout } = await cli.run([
      'test',
      '--progress',
      'quiet',
      '--run',
      'seq 100; echo why >&2; exit 3',
      'app:1',
    ]);
    expect(code).toBe(1);
    expect(stdout).toContain('FAILED  seq 100; echo why >&2; exit 3');
    expect(stdout).toContain('    ended with 3\n');
    expect(stdout).toContain('    | 100\n');
    expect(stdout).toMatch(/\n0 passed, 1 failed \(\d+\.\d s\)\n$/);
    expect(stdout).not.toContain('    | 50\n');
  });

  test('what cannot be run gives 2 and is no failed test', async () => {
    const { code, report: got } = await report('app:1', '/no/such/program');
    expect(code).toBe(2);
    expect(got).toMatchObject({ passed: 0, failed: 0, broken: 1 });
    expect(got.results[0]!.message).toMatch(/could not be run: .*\/no\/such\/program/);
    expect((await report('--run', 'true', 'localhost:1/none:1')).code).toBe(2);
  });

  test('a test that does not end is killed with all its children, and its reports are kept', async () => {
    const { code, report: got } = await report(
      '--timeout',
      '1s',
      '--report',
      'out/*.txt',
      '--output-dir',
      'late',
      '--run',
      'mkdir out; echo half > out/a.txt; sleep 4242 & sleep 4242',
      'app:1',
    );
    expect(code).toBe(1);
    expect(got.results[0]).toMatchObject({ outcome: 'failed', timedOut: true, message: 'did not end within 1 s' });
    expect(got.results[0]!.reports).toHaveLength(1);
    expect(await readFile(join(cwd, 'late', got.results[0]!.reports[0]!), 'utf8')).toBe('half\n');
    const commands = await Promise.all(
      (await readdir('/proc'))
        .filter((n) => /^\d+$/.test(n))
        .map((n) => readFile(`/proc/${n}/cmdline`, 'utf8').catch(() => '')),
    );
    expect(commands.filter((line) => line.includes('4242\0'))).toEqual([]);
  });

  test('a test that needs too much memory is said to have run out of it', async () => {
    const { code, report: got } = await report('--memory', '16m', '--run', 'tail /dev/zero', 'app:1');
    expect(code).toBe(1);
    expect(got.results[0]).toMatchObject({
      oomKilled: true,
      message: `ran out of memory (limit ${16 * 2 ** 20} bytes)`,
    });
  });

  test('what passes at a later attempt is called flaky', async () => {
    // an attempt is a fresh container: only something outside of it can make a difference
    let asked = 0;
    const server = createServer((_request, response) => {
      response.statusCode = ++asked < 3 ? 500 : 200;
      response.end('answer');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, report: got } = await report(
      '--network',
      'host',
      '--retries',
      '2',
      '--report',
      'r.txt',
      '--output-dir',
      'flaky',
      '--run',
      `date > r.txt; wget -q -O - http://127.0.0.1:${port}/`,
      'app:1',
    );
    server.close();
    expect(code).toBe(0);
    expect(got).toMatchObject({ passed: 1, flaky: 1, failed: 0 });
    expect(got.results[0]).toMatchObject({
      outcome: 'flaky',
      attempts: 3,
      message: 'flaky: passed at attempt 3',
      output: ['answer'],
    });
    const [own, earlier] = (await readdir(join(cwd, 'flaky'))).filter((name) => !name.startsWith('.')).sort();
    expect(got.results[0]!.reports).toEqual([`${own}/app/r.txt`]);
    expect(await readdir(join(cwd, 'flaky', earlier!))).toEqual(['1', '2']);
  });

  test('a stage that builds is a passed test, one that does not a failed one; commands run in a stage', async () => {
    await writeFile(
      join(cwd, 'Dockerfile'),
      'FROM app:1 AS good\nRUN echo 1 > /stage\nFROM app:1 AS bad\nRUN echo broken && exit 7\n',
    );
    const { code, report: got } = await report('--target', 'good', '--target', 'bad');
    expect(code).toBe(1);
    expect(got.results.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['stage good', 'passed'],
      ['stage bad', 'failed'],
    ]);
    expect(got.results[1]!.message).toMatch(/^stage bad does not build: .*7/);
    expect((await report('--target', 'good', '--run', 'cat /stage')).report.results[0]).toMatchObject({
      output: ['1'],
    });
  });
});

describe('reports', () => {
  test('files that the test wrote are copied out, owned by the caller, without set-id bits; folders and patterns too', async () => {
    cli.owner = { uid: 1234, gid: 2345 };
    const { report: got } = await report(
      '--output-dir',
      'res',
      '--report',
      'r/**',
      '--report',
      '/data/v.txt',
      '--report',
      'single.log',
      '--run',
      'mkdir -p r/deep; echo a > r/deep/a; echo b > r/b; chmod 4700 r/b; echo v > /data/v.txt; echo s > single.log; exit 1',
      'app:1',
    );
    cli.owner = { uid: process.getuid!(), gid: process.getgid!() };
    const [result] = got.results;
    expect(result!.reports.map((path) => path.split('/').slice(1).join('/')).sort()).toEqual([
      'app/r/b',
      'app/r/deep/a',
      'app/single.log',
      'data/v.txt',
    ]);
    const b = await stat(join(cwd, 'res', result!.reports.find((path) => path.endsWith('r/b'))!));
    expect([b.uid, b.gid, b.mode & 0o7777]).toEqual([1234, 2345, 0o644]);
    expect((await stat(join(cwd, 'res'))).uid).toBe(1234);
  });

  test('what is not there, or lies in the image since its build, is a warning by name', async () => {
    const { code, report: got } = await report(
      '--report',
      'old.xml',
      '--report',
      'none/*.xml',
      '--run',
      'true',
      'app:1',
    );
    expect(code).toBe(0);
    expect(got.results[0]).toMatchObject({
      reports: [],
      warnings: [
        'report old.xml is in the image, and the test has not written it',
        'report none/*.xml was not found in the container',
      ],
    });
  });

  test('links of the test are looked through inside its container and never copied', async () => {
    const { report: got } = await report(
      '--output-dir',
      'links',
      '--report',
      'r',
      '--report',
      'jump/passwd',
      '--run',
      'mkdir r; ln -s /etc/passwd r/leak; ln -s / r/all; ln -s ../../../../../etc jump; mkfifo r/pipe; echo ok > r/file',
      'app:1',
    );
    expect(got.results[0]!.reports).toHaveLength(1);
    const place = join(cwd, 'links', got.results[0]!.reports[0]!);
    expect((await lstat(place)).isFile()).toBe(true);
    expect(await readdir(join(place, '..'))).toEqual(['file']);
  });

  test('a link in the checkout does not lead the output elsewhere', async () => {
    await mkdir(join(folder, 'elsewhere'));
    await symlink(join(folder, 'elsewhere'), join(cwd, 'trap'));
    await report('--output-dir', 'trap', '--report', 'r.txt', '--run', 'echo 1 > r.txt', 'app:1');
    expect(await readdir(join(folder, 'elsewhere'))).toEqual([]);
  });

  test.each(['../etc', '/', '/*', 'a/../../b', ''])('report path %j is refused before anything runs', async (path) => {
    const { code, stderr } = await report('--report', path, '--run', 'true', 'app:1');
    expect(code).toBe(65);
    expect(stderr).toMatch(/report path ".*": /);
  });
});

describe('JUnit reports', () => {
  const junit = (body: string) =>
    `mkdir -p out; printf '%s' '<testsuite name="unit">${body}</testsuite>' > out/junit.xml`;

  test('failed cases are told with their place in the repository', async () => {
    await mkdir(join(cwd, 'src'), { recursive: true });
    await writeFile(join(cwd, 'src/sum.py'), '');
    const body =
      '<testcase name="adds" classname="sum"/><testcase name="takes" classname="sum"><failure message="1 is not 2">/app/src/sum.py:7: AssertionError</failure></testcase>';
    const words = ['--report', 'out', '--run', `${junit(body)}; exit 1`, 'app:1'];
    const { code, report: got } = await report(...words);
    expect(code).toBe(1);
    expect(got.results[0]).toMatchObject({
      message: 'ended with 1: 1 of 2 cases failed',
      cases: [
        { name: 'takes', outcome: 'failed', suite: 'unit', message: '1 is not 2', file: 'src/sum.py', line: 7 },
        { name: 'adds', outcome: 'passed' },
      ],
    });
    expect((await cli.run(['test', '--progress', 'quiet', ...words])).stdout).toContain(
      '    ✗ src/sum.py:7: sum › takes: 1 is not 2\n',
    );
  });

  test('a command that ends with 0 has failed when its report says so', async () => {
    const { code, report: got } = await report(
      '--report',
      'out',
      '--run',
      junit('<testcase name="a"><error/></testcase>'),
      'app:1',
    );
    expect(code).toBe(1);
    expect(got.results[0]!.message).toBe('ended with 0, but its report says that 1 of 1 cases failed');
  });

  test('a report that cannot be read is a warning with its place, and is kept', async () => {
    const { code, report: got } = await report('--report', 'x.xml', '--run', 'echo "<!DOCTYPE x>" > x.xml', 'app:1');
    expect(code).toBe(0);
    expect(got.results[0]!.warnings).toEqual([
      expect.stringMatching(/x\.xml:1:1: not a report that can be read: a document type/),
    ]);
    expect(got.results[0]!.reports).toHaveLength(1);
  });

  test('--junit gathers all results in one file', async () => {
    await report(
      '--junit',
      'all.xml',
      '--report',
      'out',
      '--run',
      junit('<testcase name="inner"/>'),
      '--run',
      'exit 2',
      'app:1',
    );
    const merged = await readFile(join(cwd, 'all.xml'), 'utf8');
    expect(merged).toContain('<testcase name="inner" classname="unit" time="0.000">');
    expect(merged).toMatch(
      /<testcase name="exit 2" classname="containerize" time="[\d.]+"><failure message="ended with 2">/,
    );
  });
});

describe('shards', () => {
  test('every test runs on one of them; a command that splits itself on each', async () => {
    const tests = ['a', 'b', 'c', 'd'].flatMap((name) => ['--run', `echo ${name}`]);
    const ran = await Promise.all(
      [1, 2, 3].map(async (index) => {
        const { report: got } = await report(
          '--shard',
          `${index}/3`,
          ...tests,
          '--run',
          'echo split $CONTAINERIZE_SHARD_INDEX/$CONTAINERIZE_SHARD_TOTAL',
          'app:1',
        );
        return got.results.filter(({ outcome }) => outcome !== 'skipped').flatMap(({ output }) => output);
      }),
    );
    expect(ran).toEqual([
      ['a', 'd', 'split 1/3'],
      ['b', 'split 2/3'],
      ['c', 'split 3/3'],
    ]);
  });

  test('a shard that is none is refused', async () => {
    for (const shard of ['0/3', '4/3', 'x', '1'])
      expect(await report('--shard', shard, '--run', 'true', 'app:1')).toMatchObject({ code: 65 });
  });
});
