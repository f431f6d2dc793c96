import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { scratchFolder } from '../helpers/scratch.ts';
import { Program, refusal } from './program.ts';

const ENTRY = join(import.meta.dirname, '../../src/cli/entry.ts');
const program = new Program(await scratchFolder('circumstances'));
beforeAll(() => program.image('docker.io/library/busybox:latest'));
afterAll(async () => expect(await program.leftovers()).toEqual([]));

/** The entry in a process that pretends: the code runs before it. */
const pretending = (code: string) =>
  spawnSync(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(code)}`, ENTRY, 'version'], {
    encoding: 'utf8',
  });

/** A pipeline of bash, where `c` is the command line. */
function bash(script: string) {
  const prelude = `c() { "${process.execPath}" "${ENTRY}" --root "${program.root}" --run-root "${program.folder}/run" "$@"; }`;
  return spawnSync('bash', ['-c', `set -o pipefail; ${prelude}; ${script}`], { encoding: 'utf8', cwd: program.folder });
}

describe('where it cannot work', () => {
  test('another system than Linux', () => {
    const { status, stderr } = pretending('Object.defineProperty(process, "platform", { value: "darwin" })');
    expect(status).toBe(69);
    expect(stderr).toMatch(/^error: containerize needs Linux, and this is darwin\nhint: .*Linux virtual machine/);
  });

  test('a Node that is too old', () => {
    const { status, stderr } = pretending(
      'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })',
    );
    expect(status).toBe(69);
    expect(stderr).toMatch(/^error: containerize needs Node.js 22\.22 or newer, and this is 20\.20\.2\nhint: /);
  });

  test('no privileges and no user namespaces: says what is missing and what to do', async () => {
    const open = join(program.folder, 'open');
    mkdirSync(open);
    chmodSync(program.folder, 0o755);
    chmodSync(open, 0o777);
    // the kernel makes no user namespace for a process in a chroot, and this user may not do anything else
    const chroot = 'mount --rbind / "$0" && exec chroot --userspec=4242:4242 "$0" "$@"';
    const ended = await program.run(['images'], {
      under: ['unshare', '--mount', 'sh', '-c', chroot, mkdirSync(join(program.folder, 'all'), { recursive: true })!],
      root: join(open, 'root'),
      runRoot: join(open, 'run'),
      env: { HOME: open },
    });
    expect(refusal(ended)).toEqual({ code: 77, stack: false, text: expect.stringMatching(/user namespace/) });
    expect(ended.stderr).toContain('hint:');
  });

  test('a state folder on a read-only disk', async () => {
    const folder = join(program.folder, 'read-only');
    mkdirSync(folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'none', folder]);
    try {
      const ended = await program.run(['images'], { root: folder });
      expect(refusal(ended)).toEqual({
        code: 74,
        stack: false,
        text: expect.stringMatching(/the file system is read-only/),
      });
    } finally {
      execFileSync('umount', [folder]);
    }
  });

  test.each(['/proc/none', '/etc/passwd', '/etc/passwd/x'])('a state folder %s', async (root) => {
    const ended = await program.run(['images'], { root });
    expect(refusal(ended)).toEqual({
      code: 74,
      stack: false,
      text: expect.stringContaining(`cannot keep images in ${root}`),
    });
  });

  test('a state folder on an overlay: containers start there too, or the reason is told', async () => {
    const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => join(program.folder, name));
    for (const folder of [lower, upper, work, merged]) mkdirSync(folder!);
    execFileSync('mount', ['-t', 'overlay', '-o', `lowerdir=${lower},upperdir=${upper},workdir=${work}`, 'o', merged!]);
    try {
      const archive = join(program.folder, 'busybox.tar');
      expect((await program.run(['save', '-o', archive, 'busybox'])).code).toBe(0);
      expect((await program.run(['load', '-i', archive], { root: merged! })).code).toBe(0);
      const ended = await program.run(['run', '--rm', '--network', 'none', 'busybox', 'echo', 'on'], { root: merged! });
      if (ended.code !== 0)
        expect(refusal(ended)).toEqual({ code: 125, stack: false, text: expect.stringMatching(/overlay/) });
      else expect(ended.stdout).toBe('on\n');
    } finally {
      execFileSync('umount', [merged!]);
    }
  });
});

describe('registries', () => {
  test.each([
    ['pull', 'nosuchhost.invalid/x:1', 69, /the name nosuchhost\.invalid cannot be resolved/],
    ['pull', '127.0.0.1:1/x:1', 69, /127\.0\.0\.1:1 refuses connections: nothing listens there/],
  ])('%s %s', async (command, name, code, says) => {
    const ended = await program.run([command, name]);
    expect(refusal(ended)).toEqual({ code, stack: false, text: expect.stringMatching(says) });
    const built = await program.build({ Dockerfile: `FROM ${name}\n` });
    expect(refusal(built)).toEqual({ code, stack: false, text: expect.stringMatching(says) });
    expect(built.stderr).toContain('Dockerfile:1:6');
  });

  test('an image that is not there, and one that asks for a login', async () => {
    const { startRegistry } = await import('../helpers/registry.ts');
    const { startFaultProxy } = await import('../helpers/fault-proxy.ts');
    await using registry = await startRegistry();
    const missing = await program.run(['pull', `${registry.host}/nope:1`]);
    expect(refusal(missing)).toEqual({ code: 66, stack: false, text: expect.stringContaining('nope') });
    const built = await program.build({ Dockerfile: `FROM ${registry.host}/nope:1\n` });
    expect(refusal(built)).toEqual({ code: 66, stack: false, text: expect.stringContaining('nope:1') });
    await using guarded = await startFaultProxy(registry.url);
    guarded.add({ status: 401, headers: { 'www-authenticate': 'Basic realm="r"' }, times: 50 });
    const denied = await program.run(['pull', `${guarded.host}/nope:1`]);
    expect(refusal(denied)).toEqual({
      code: 77,
      stack: false,
      text: expect.stringContaining(`containerize login ${guarded.host}`),
    });
  }, 60_000);
});

describe('pipes and terminals', () => {
  test('a reader that leaves ends the command quietly, and its work with it', async () => {
    expect(bash('c --help | head -1')).toMatchObject({ status: 0, stderr: '' });
    expect(bash('c save busybox | head -c 10 >/dev/null')).toMatchObject({ status: 0, stderr: '' });
    mkdirSync(join(program.folder, 'endless'), { recursive: true });
    execFileSync(
      'sh',
      ['-c', 'printf "FROM busybox\\nRUN echo go; sleep 1; seq 1 99999; sleep 42422\\n" >Dockerfile'],
      {
        cwd: join(program.folder, 'endless'),
      },
    );
    expect(bash('c build --progress plain endless 2>&1 | grep -m 1 -o "echo go"')).toMatchObject({ status: 0 });
    expect(await program.leftovers()).toEqual([]);
  });

  test('a full disk behind standard output is an error', () => {
    expect(bash('c images >/dev/full').status).toBe(74);
  });

  test('closed descriptors', () => {
    expect(bash('c version <&-').status).toBe(0);
    expect(bash('c version >&-').status).toBe(0);
    expect(bash('c run --rm --network none busybox cat <&-')).toMatchObject({ status: 0, stderr: '' });
  });

  test('no colours where nobody asked for them', () => {
    expect(bash('c run nosuch.invalid/x').stderr).not.toContain('\u001b');
    expect(bash('NO_COLOR=1 c frobnicate').stderr).not.toContain('\u001b');
  });
});

describe('names', () => {
  const long = 'a'.repeat(5000);
  test.each([
    ['an image', ['tag', 'busybox', long], 65, /longer than 255 characters/],
    ['a container', ['create', '--name', long, 'busybox'], 1, /invalid container name/],
    ['a host', ['run', '--rm', '--hostname', long, 'busybox', 'true'], 125, /at most 64/],
  ])('%s of 5000 characters is refused, and not shouted back', async (_, words, code, says) => {
    const ended = await program.run(words);
    expect(refusal(ended)).toEqual({ code, stack: false, text: expect.stringMatching(says) });
    expect(ended.stderr.length).toBeLessThan(1500);
    expect((await program.run(['ps', '-aq'])).stdout).toBe('');
  });
});

test('a context of 100,000 files: what is ignored costs next to nothing, what is copied has a bound', async () => {
  const { linkSync, writeFileSync } = await import('node:fs');
  const folder = join(program.folder, 'many');
  mkdirSync(folder);
  writeFileSync(join(folder, 'seed'), 'x');
  for (let d = 0; d < 100; d++) {
    mkdirSync(join(folder, `d${d}`));
    for (let f = 0; f < 1000; f++) linkSync(join(folder, 'seed'), join(folder, `d${d}/f${f}`));
  }
  writeFileSync(join(folder, 'Dockerfile'), 'FROM busybox\nCOPY . /x\n');
  const peak = join(program.folder, 'peak');
  const measured = async (): Promise<number> => {
    const ended = await program.run(['build', '-q', folder], { under: ['/usr/bin/time', '-f', '%M', '-o', peak] });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    return Number(execFileSync('tail', ['-1', peak])) / 1024;
  };
  expect(existsSync('/usr/bin/time')).toBe(true);
  expect(await measured()).toBeLessThan(300);
  writeFileSync(join(folder, '.dockerignore'), 'd*\n');
  expect(await measured()).toBeLessThan(150);
}, 60_000);
