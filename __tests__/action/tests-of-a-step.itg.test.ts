import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { bundleAction } from '../helpers/runner/bundle.ts';
import { Runner } from '../helpers/runner/runner.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const scratch = await scratchFolder('action-tests');
let action: string;

beforeAll(async () => {
  action = await bundleAction(join(scratch, 'action'));
}, 60_000);

/** A runner with a checkout: a small image, and a stage for tests that has the whole context. */
async function runnerWith(files: Record<string, string> = {}): Promise<{ runner: Runner; workspace: string }> {
  const folder = await mkdtemp(join(scratch, 'runner-'));
  const workspace = join(folder, 'workspace');
  await mkdir(workspace);
  await copyFile('/bin/busybox', join(workspace, 'busybox'));
  const Dockerfile =
    'FROM scratch AS base\nCOPY busybox /bin/sh\nFROM base AS unit\nCOPY . /all\nRUN ["/bin/sh", "-c", "test ! -e /all/test-results"]\nFROM base AS broken\nRUN exit 4\nFROM base\n';
  for (const [name, text] of Object.entries({ Dockerfile, ...files })) await writeFile(join(workspace, name), text);
  return { runner: new Runner(action, folder), workspace };
}

describe('with a containerize.yml', () => {
  const file = {
    'containerize.yml': 'image: localhost:1/x\ntests:\n  - echo one\n  - run: echo two > r.txt\n    reports: [r.txt]\n',
  };

  test.each(['test-targets', 'test-checks'])('%s is never left out in silence', async (input) => {
    const { runner } = await runnerWith({
      ...file,
      'checks.yaml': 'schemaVersion: 2.0.0\nfileExistenceTests: [{ name: x, path: /none, shouldExist: true }]\n',
    });
    const value = input === 'test-targets' ? 'broken' : 'checks.yaml';
    const alone = await runner.step({ inputs: { command: 'test', [input]: value } });
    expect(alone.code).toBe(1);
    expect(alone.log).toContain(`containerize.yml is not used: the step says itself what to build (${input})`);
    const both = await runner.step({ inputs: { command: 'test', config: 'containerize.yml', [input]: value } });
    expect(both.log).toContain(`input ${input}: cannot be given together with config`);
  });

  test('test-shard takes its part, test-output is where reports go, what the file says itself is a warning', async () => {
    const { runner, workspace } = await runnerWith(file);
    const inputs = { command: 'test', 'test-shard': '2/2', 'test-output': 'out', 'test-retries': '3' };
    const step = await runner.step({ inputs });
    expect(step.code).toBe(0);
    expect(step.log).not.toMatch(/^one$/m);
    expect(step.summary).toContain('Tests: 1 passed');
    expect((await readdir(workspace)).sort()).toEqual(['Dockerfile', 'busybox', 'containerize.yml', 'out']);
    expect(await readdir(join(workspace, 'out'))).toContain('echo-two-r.txt');
    expect(step.annotations.map(({ data }) => data)).toEqual([
      'input test-retries is ignored: containerize.yml has no use for that here',
    ]);
  });
});

test('reports of a test never get into the stages that are built beside it', async () => {
  const { runner } = await runnerWith();
  const inputs = {
    command: 'test',
    test: 'echo 1 > r.txt\necho 2 > r.txt',
    'test-targets': 'unit',
    'test-reports': 'r.txt',
  };
  const step = await runner.step({ inputs });
  expect(step.log).not.toContain('test-results/.containerize-tests is new');
  expect(step.code).toBe(0);
});

test('of more failed cases than GitHub marks, what ended the step is among those that are marked', async () => {
  const { runner } = await runnerWith();
  const cases = Array.from(
    { length: 30 },
    (_, i) => `<testcase name="case ${i}"><failure message="no ${i}"/></testcase>`,
  );
  const inputs = { test: `echo '<testsuite>${cases.join('')}</testsuite>' > j.xml; exit 1`, 'test-reports': '*.xml' };
  const step = await runner.step({ inputs });
  const errors = step.annotations.filter(({ command }) => command === 'error');
  expect(errors).toHaveLength(10);
  expect(errors[0]!.data).toMatch(/^1 of 1 tests failed/);
  expect(step.log).toContain('21 more are not marked: GitHub takes ten of a step');
});

test('a test report that cannot be written costs no output', async () => {
  const { runner, workspace } = await runnerWith();
  await mkdir(join(workspace, 'test-results/containerize.xml'), { recursive: true });
  const step = await runner.step({ inputs: { test: 'true' } });
  expect(step.code).toBe(0);
  expect(step.outputs.digest).toMatch(/^sha256:/);
  expect(step.annotations.map(({ data }) => data)).toEqual([
    expect.stringMatching(/^the test report could not be written/),
  ]);
});

test('what a test writes steers nothing: commands, names of cases, messages and files', async () => {
  const { runner, workspace } = await runnerWith();
  const evil = '::error::evil';
  const body = `<testsuite name="${evil}"><testcase name="${evil}&#10;${evil}" file="x&#10;${evil}"><failure message="${evil}&#10;##[error]evil">${evil}</failure></testcase></testsuite>`;
  const test = `printf '${evil}\\n##[error]evil\\n\\r${evil}\\n::stop-commands::x\\n::set-output name=digest::evil\\n'; echo '${body}' > "$(printf 'a\\n${evil}.xml')"; exit 1`;
  const step = await runner.step({ inputs: { test, 'test-reports': '*.xml' } });
  expect(step.code).toBe(1);
  const said = step.commands.filter(
    ({ command }) => !['add-mask', 'group', 'endgroup', 'stop-commands'].includes(command),
  );
  for (const { command, data, properties } of said.filter(({ data: text }) => text.includes('evil'))) {
    expect(command).toBe('error');
    // our own annotations quote it; none begins with it alone
    expect([properties.title, data].join()).toMatch(/::error::evil › |containerize,1 of 1 tests failed/);
  }
  expect(step.outputs.digest).toMatch(/^sha256:/);
  expect(await readFile(join(workspace, 'test-results/containerize.xml'), 'utf8')).toContain('::error::evil');
});

describe('a flood of output', () => {
  const flood =
    'i=0; while [ $i -lt 14 ]; do x="$x$x$xa line of some length to repeat\\n"; i=$((i+1)); [ ${#x} -gt 900000 ] && break; done; i=0; while [ $i -lt 100 ]; do printf "$x"; i=$((i+1)); done; echo the end';

  test.each(['a test', 'a RUN instruction'])('of %s is all in the log, and does not fill the memory', async (what) => {
    const run = what === 'a RUN instruction';
    const { runner } = await runnerWith(
      run ? { Dockerfile: `FROM scratch\nCOPY busybox /bin/sh\nRUN ${flood}\n` } : {},
    );
    let peak = 0;
    const step = await runner.step({
      inputs: { test: run ? 'true' : flood },
      onStart(child) {
        const timer = setInterval(() => {
          readFile(`/proc/${child.pid}/statm`, 'utf8').then(
            (text) => {
              peak = Math.max(peak, Number(text.split(' ')[1]) * 4096);
            },
            () => {},
          );
        }, 50);
        child.once('close', () => clearInterval(timer));
      },
    });
    expect([step.code, step.annotations]).toEqual([0, []]);
    expect(step.raw.length).toBeGreaterThan(45_000_000);
    const end = step.raw.slice(-5000);
    expect(end).toMatch(/\nthe end\n[\s\S]*::endgroup::\n/);
    expect(end).toMatch(/✓ test: [^\n]*s\n$/);
    expect(peak).toBeLessThan(300 * 2 ** 20);
  });
});

test('failed cases are marked also when the step fetched the commit itself', async () => {
  const folder = await mkdtemp(join(scratch, 'git-'));
  const origin = join(folder, 'server', 'Octo-Org', 'Hello-World');
  await mkdir(join(origin, 'src'), { recursive: true });
  await copyFile('/bin/busybox', join(origin, 'busybox'));
  await writeFile(join(origin, 'src/sum.py'), 'x');
  await writeFile(join(origin, 'Dockerfile'), 'FROM scratch\nCOPY busybox /bin/sh\nWORKDIR /app\n');
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: origin,
      encoding: 'utf8',
    });
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'one');
  git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  const env = { GITHUB_SERVER_URL: `file://${join(folder, 'server')}`, GITHUB_SHA: git('rev-parse', 'HEAD').trim() };
  const body =
    '<testsuite><testcase name="adds"><failure message="no">/app/src/sum.py:7: x</failure></testcase></testsuite>';
  const inputs = { test: `echo '${body}' > j.xml; exit 1`, 'test-reports': '*.xml' };
  const step = await new Runner(action, folder).step({ env, inputs });
  const marked = step.annotations.filter(({ properties }) => properties.file !== undefined);
  expect(marked.map(({ properties }) => [properties.file, properties.line])).toEqual([['src/sum.py', '7']]);
  await step.post();
});
