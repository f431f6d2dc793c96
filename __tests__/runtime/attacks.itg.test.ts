/** Escapes that worked elsewhere, tried on us. Each test is named after the CVE, does the deed and looks at the host afterwards. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { defaultMaskedPaths } from '../../src/container/masks.ts';
import { parseUser } from '../../src/runtime/oci/exec.ts';
import type { Spec } from '../../src/runtime/spec.ts';
import { Bench, dockerLike, leftCgroups, Sink } from './container-fixture.ts';
import { helperBinary, makeHelper, runHelper } from './helper-fixture.ts';

const bench = new Bench('attacks');
const victim = join(bench.scratch, 'victim');
const tool = join(bench.scratch, 'tool');

/** Calls what its arguments name and prints the errno of each. */
const TOOL = String.raw`
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		errno = 0;
		if (!strncmp(argv[i], "socket:", 7)) { int fd = socket(atoi(argv[i] + 7), SOCK_SEQPACKET, 0); if (fd >= 0) close(fd); }
		else if (!strcmp(argv[i], "tiocsti")) ioctl(0, 0x5412, "x");
		else syscall(atol(argv[i]), 0, 0, 0, 0, 0, 0);
		printf("%s=%d\n", argv[i], errno);
	}
}
`;

/** Everything on the host that these attacks aim at, as one text. */
function hostState(): string {
  const read = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  return JSON.stringify({
    corePattern: read('/proc/sys/kernel/core_pattern'),
    hostname: read('/proc/sys/kernel/hostname'),
    forward: read('/proc/sys/net/ipv4/ip_forward'),
    agents: ['memory', 'pids', 'devices'].map((name) => read(`/sys/fs/cgroup/${name}/release_agent`)),
    helper: createHash('sha256').update(readFileSync(helperBinary)).digest('hex'),
    victim: existsSync(victim) ? readdirSync(victim) : [],
    mounts: read('/proc/mounts')
      .split('\n')
      .filter((line) => line.includes(bench.scratch)),
    null: lstatSync('/dev/null').rdev,
  });
}

let before = '';

beforeAll(() => {
  mkdirSync(victim);
  const source = `${tool}.c`;
  writeFileSync(source, TOOL);
  const compiler = ['musl-gcc', 'gcc'].find((name) => spawnSync(name, ['--version']).status === 0);
  if (compiler === undefined) throw new Error('these tests need a C compiler (package musl-tools)');
  execFileSync(compiler, ['-static', '-O1', '-o', tool, source]);
  before = hostState();
});

afterAll(async () => {
  expect(hostState()).toBe(before);
  expect(await leftCgroups()).toEqual([]);
  bench.remove();
});

/** Errno by what was called, from the attack tool inside a Docker-like container. */
async function calls(words: string[], change?: (spec: Spec) => void): Promise<Record<string, number>> {
  const end = await bench.run(
    dockerLike(['/tool', ...words], (spec) => {
      spec.mounts!.push({ destination: '/tool', type: 'bind', source: tool, options: ['bind', 'ro'] });
      change?.(spec);
    }),
  );
  return Object.fromEntries(
    end.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('='))
      .map(([k, v]) => [k!, Number(v)]),
  );
}

/** Starts it and gives its end, or the error when it was refused: both are fine as long as the host is unharmed. */
async function attempt(
  spec: Spec,
  rootfs: string = bench.root,
): Promise<{ stdout: string; stderr: string } | { refused: string }> {
  try {
    return await bench.run(spec, { rootfs });
  } catch (error) {
    return { refused: String(error) };
  }
}

function unharmed(): void {
  expect(hostState()).toBe(before);
}

/** Keeps replacing `link` by a folder and by symbolic links out of the root, until told to stop. */
function swapper(link: string, targets: string[]): () => Promise<void> {
  const script = `while :; do for t in ${targets.map((t) => `'${t}'`).join(' ')}; do rm -rf '${link}'; ln -s "$t" '${link}'; rm -f '${link}'; mkdir '${link}'; done; done`;
  const child = spawn('/bin/sh', ['-c', script], { stdio: 'ignore' });
  return () =>
    new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });
}

const outOf = (root: string, target: string): string[] => [
  target,
  relative(join(root), target),
  `/proc/self/root${target}`,
  `${'../'.repeat(20)}${target.slice(1)}`,
];

describe('a process that joins a container', () => {
  test('CVE-2016-9962: cannot be looked into before it is the container’s own', async () => {
    const script =
      'while [ ! -e /stop ]; do for p in /proc/[0-9]*; do case $p in /proc/1|/proc/$$) continue;; esac; for f in $p/exe $p/cwd $p/root $p/fd/*; do readlink $f 2>/dev/null; done; done; done | sort -u > /seen; cat /seen';
    const root = bench.freshRoot();
    const { running, stdout } = await bench.start(dockerLike(['/bin/sh', '-c', script]), { rootfs: root });
    await running.started;
    for (let i = 0; i < 15; i++) await bench.exec(running, { args: ['/bin/true'] });
    writeFileSync(join(root, 'stop'), '');
    await running.exit;
    const seen = stdout.text.split('\n').filter((line) => line !== '');
    // It did look: at its own readlink, for one.
    expect(seen).toContain('/bin/busybox');
    expect(seen.filter((line) => /helper|memfd|containerize|namespace|mnt:|cgroup/.test(line))).toEqual([]);
    unharmed();
  });

  test('CVE-2019-5736: cannot reach the runtime’s program to overwrite it', async () => {
    const root = bench.freshRoot();
    writeFileSync(join(root, 'bin/loop'), '#!/proc/self/exe\n', { mode: 0o755 });
    const attack =
      'while [ ! -e /stop ]; do for p in /proc/[0-9]*; do (echo broken > $p/exe; exec 9>>$p/exe; exec 9<>$p/exe) 2>/dev/null; done; done';
    const { running } = await bench.start(dockerLike(['/bin/sh', '-c', attack]), { rootfs: root });
    await running.started;
    for (let i = 0; i < 8; i++) {
      for (const program of ['/proc/self/exe', '/bin/loop'])
        await bench.exec(running, { args: [program, 'run'] }).catch(() => {});
    }
    writeFileSync(join(root, 'stop'), '');
    await running.exit;
    for (const program of ['/proc/self/exe', '/bin/loop']) await attempt(dockerLike([program, 'run']), root);
    unharmed();
  });

  test('CVE-2022-24769: has no inheritable capability, nor has the container', async () => {
    const { running, stdout } = await bench.start(
      dockerLike(['/bin/sh', '-c', 'grep CapInh /proc/self/status; sleep 100']),
    );
    await running.started;
    const joined = await bench.exec(running, { args: ['/bin/grep', 'CapInh', '/proc/self/status'] });
    running.kill(9);
    await running.exit;
    expect([joined.stdout, stdout.text]).toEqual(Array(2).fill('CapInh:\t0000000000000000\n'));
  });

  test('CVE-2026-30892: is the user that was asked for, or nobody', () => {
    expect(parseUser('1000:5', undefined)).toEqual({ uid: 1000, gid: 5 });
    expect(parseUser('7', { uid: 0, gid: 9 })).toEqual({ uid: 7, gid: 9 });
    for (const bad of [
      '',
      '1000x',
      'x',
      '-1',
      '+0',
      ' 0',
      '0 ',
      '0x0',
      '1e3',
      '1000:',
      ':5',
      '1:2:3',
      '4294967296',
      '99999999999',
      '1.5',
      '0\n',
    ]) {
      expect(() => parseUser(bad, undefined)).toThrow(/digits/);
    }
  });

  test('CVE-2024-21626: cannot stand in a folder of the host by a descriptor that leaked', async () => {
    const root = bench.freshRoot();
    for (let fd = 3; fd < 30; fd++) symlinkSync(`/proc/self/fd/${fd}`, join(root, `way${fd}`));
    const { running } = await bench.start(dockerLike(['/bin/sleep', '100']), { rootfs: root });
    await running.started;
    for (let fd = 3; fd < 30; fd++) {
      for (const cwd of [`/proc/self/fd/${fd}`, `/proc/self/fd/${fd}/../../..`, `/way${fd}`]) {
        const looked = await bench
          .exec(running, { args: ['/bin/ls', '-a', '.', '../../..'], cwd })
          .catch((error) => ({ stdout: '', error }));
        expect(looked.stdout).not.toMatch(/containerize|lost\+found|boot\n/);
      }
    }
    running.kill(9);
    await running.exit;
    for (let fd = 3; fd < 15; fd++) {
      const started = await attempt(
        dockerLike(['/bin/ls', '-a', '.', '../../..'], (spec) => {
          spec.process!.cwd = fd % 2 ? `/proc/self/fd/${fd}` : `/way${fd}`;
        }),
        root,
      );
      if ('stdout' in started) expect(started.stdout).not.toMatch(/containerize|lost\+found|boot\n/);
    }
    unharmed();
  }, 30_000);
});

describe('an image with traps', () => {
  test.each(['/proc', '/sys'])(
    'CVE-2019-19921, CVE-2023-27561: whose %s is a symbolic link does not start',
    async (place) => {
      const root = bench.freshRoot();
      rmSync(join(root, place), { recursive: true });
      mkdirSync(join(root, 'fake'));
      symlinkSync('/fake', join(root, place));
      expect(await attempt(dockerLike(['/bin/true']), root)).toEqual({ refused: expect.stringMatching(/proc|sys/) });
      unharmed();
    },
  );

  test('CVE-2023-28642: cannot put a volume over /proc or below it, by no way', async () => {
    const root = bench.freshRoot();
    symlinkSync('/proc', join(root, 'p'));
    symlinkSync('/proc/self/attr', join(root, 'attr'));
    symlinkSync('/proc/sys/net', join(root, 'net'));
    for (const destination of ['/p', '/attr', '/net', '/p/self']) {
      for (const mount of [
        { destination, type: 'tmpfs', source: 'tmpfs' },
        { destination, type: 'bind', source: victim, options: ['bind'] },
      ]) {
        const outcome = await attempt(
          dockerLike(['/bin/true'], (spec) => void spec.mounts!.push(mount)),
          root,
        );
        expect([mount, outcome]).toEqual([mount, { refused: expect.any(String) }]);
      }
    }
    const over = attempt(
      dockerLike(['/bin/true'], (spec) =>
        spec.mounts!.splice(0, 1, { destination: '/proc', type: 'bind', source: victim, options: ['bind'] }),
      ),
    );
    expect(await over).toEqual({ refused: expect.stringMatching(/only a proc file system/) });
    unharmed();
  });

  test('CVE-2025-52881: cannot turn the writing of a sysctl or label to another file', async () => {
    const root = bench.freshRoot();
    symlinkSync('/proc/sys/net/ipv4', join(root, 'ip'));
    const trap = join(bench.scratch, 'trap');
    mkdirSync(trap, { recursive: true });
    rmSync(join(trap, 'ip_forward'), { force: true });
    symlinkSync('/proc/sys/kernel/core_pattern', join(trap, 'ip_forward'));
    const outcome = await attempt(
      dockerLike(['/bin/cat', '/proc/sys/net/ipv4/ip_forward'], (spec) => {
        spec.mounts!.push({ destination: '/ip', type: 'bind', source: trap, options: ['bind'] });
        spec.linux!.sysctl = { 'net.ipv4.ip_forward': '1' };
      }),
      root,
    );
    expect(outcome).toEqual({ refused: expect.any(String) });
    unharmed();
  });

  test('CVE-2026-41579, CVE-2026-47766: whose /dev is a link out does not make nodes on the host', async () => {
    for (const target of outOf(bench.root, victim)) {
      const root = bench.freshRoot();
      rmSync(join(root, 'dev'), { recursive: true });
      symlinkSync(target, join(root, 'dev'));
      for (const withMount of [true, false]) {
        await attempt(
          dockerLike(['/bin/true'], (spec) => {
            if (!withMount) spec.mounts = spec.mounts!.filter((mount) => !mount.destination.startsWith('/dev'));
          }),
          root,
        );
        unharmed();
      }
    }
  });

  test('CVE-2025-31133: whose /dev/null is a link does not get a file of /proc to write', async () => {
    const fake = join(bench.scratch, 'fakedev');
    mkdirSync(fake);
    symlinkSync('/proc/sys/kernel/core_pattern', join(fake, 'null'));
    const outcome = await attempt(
      dockerLike(
        ['/bin/sh', '-c', 'stat -c %t:%T /proc/keys; echo owned > /proc/keys; echo owned > /dev/null'],
        (spec) => {
          spec.mounts = spec.mounts!.filter((mount) => !mount.destination.startsWith('/dev'));
          spec.mounts.push({ destination: '/dev', type: 'bind', source: fake, options: ['bind'] });
          spec.linux!.maskedPaths = ['/proc/keys'];
        },
      ),
    );
    if ('stdout' in outcome) expect(outcome.stdout).toBe('1:3\n');
    unharmed();
  });

  test('CVE-2025-52565: whose /dev/console is a link does not get a file of /proc to write', async () => {
    for (const name of ['console', 'pts/0', 'ptmx']) {
      const fake = join(bench.scratch, `fake-${name.replace('/', '-')}`);
      mkdirSync(join(fake, 'pts'), { recursive: true });
      symlinkSync('/proc/sys/kernel/core_pattern', join(fake, name));
      const spec = dockerLike(['/bin/sh', '-c', 'echo owned > /dev/console; echo owned'], (s) => {
        s.process!.terminal = true;
        s.mounts = s.mounts!.filter((mount) => !mount.destination.startsWith('/dev'));
        s.mounts.push({ destination: '/dev', type: 'bind', source: fake, options: ['bind'] });
      });
      const sink = new Sink();
      await bench.runtime
        .run(bench.request(spec), { stdin: 'null', stdout: sink, stderr: 'null', terminal: { rows: 5, columns: 5 } })
        .then((running) => running.exit)
        .catch(() => {});
      unharmed();
    }
  });

  test('CVE-2024-23652: whose folders lead out gets its mount points inside', async () => {
    const root = bench.freshRoot();
    for (const [i, target] of outOf(root, victim).entries()) symlinkSync(target, join(root, `out${i}`));
    for (let i = 0; i < 4; i++) {
      await attempt(
        dockerLike(['/bin/true'], (spec) => {
          spec.mounts!.push({ destination: `/out${i}/made`, type: 'tmpfs', source: 'tmpfs' });
          spec.mounts!.push({ destination: `/out${i}/file`, type: 'bind', source: '/etc/hostname', options: ['bind'] });
        }),
        root,
      );
    }
    unharmed();
  });

  test('CVE-2019-14271: has no library of its own loaded into the helper, and no file of the host read for it', async () => {
    const elf = readFileSync(helperBinary);
    const [offset, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)];
    const types = Array.from({ length: count }, (_, i) => elf.readUInt32LE(offset + i * size));
    expect(types).not.toContain(2); // PT_DYNAMIC
    expect(types).not.toContain(3); // PT_INTERP
    const root = bench.freshRoot();
    rmSync(join(root, 'etc/passwd'));
    symlinkSync(`${'../'.repeat(20)}etc/hostname`, join(root, 'etc/passwd'));
    const read = await runHelper(makeHelper(), 'tree', [
      ['root', root],
      ['read', '/etc/passwd', 1000],
    ]);
    expect(JSON.stringify(read.reports)).not.toContain(
      Buffer.from(readFileSync('/etc/hostname')).toString('base64').slice(0, 8),
    );
  });
});

describe('a race', () => {
  test('CVE-2021-30465: on a mount’s destination never mounts on the host', async () => {
    const root = bench.freshRoot();
    const stop = swapper(join(root, 'swap'), outOf(root, victim));
    try {
      for (let i = 0; i < 25; i++) {
        await attempt(
          dockerLike(['/bin/true'], (spec) => {
            spec.mounts!.push({ destination: '/swap', type: 'tmpfs', source: 'tmpfs', options: ['mode=777'] });
            spec.mounts!.push({ destination: '/swap/inner', type: 'bind', source: bench.root, options: ['rbind'] });
          }),
          root,
        );
      }
    } finally {
      await stop();
    }
    unharmed();
  });

  test('CVE-2024-45310, CVE-2024-23651: in a shared volume never makes files or folders on the host', async () => {
    const volume = join(bench.scratch, 'volume');
    mkdirSync(volume);
    const stop = swapper(join(volume, 'swap'), outOf('/volume', victim));
    try {
      for (let i = 0; i < 25; i++) {
        await attempt(
          dockerLike(['/bin/true'], (spec) => {
            spec.mounts!.push({ destination: '/volume', type: 'bind', source: volume, options: ['rbind'] });
            spec.mounts!.push({ destination: '/volume/swap/folder/deep', type: 'tmpfs', source: 'tmpfs' });
            spec.mounts!.push({
              destination: '/volume/swap/file',
              type: 'bind',
              source: '/etc/hostname',
              options: ['bind'],
            });
          }),
        );
      }
    } finally {
      await stop();
    }
    unharmed();
  });
});

describe('from inside', () => {
  test('CVE-2020-15257: abstract sockets of the host are out of reach', async () => {
    const name = `containerize-attack-${process.pid}`;
    const server = createServer().listen(`\0${name}`);
    try {
      expect(readFileSync('/proc/net/unix', 'utf8')).toContain(name);
      expect((await bench.sh('cat /proc/net/unix')).stdout).not.toContain(name);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test('CVE-2022-0492: no release agent can be set, also not in new namespaces', async () => {
    const end = await bench.sh(
      'for c in memory pids devices; do echo /owned > /sys/fs/cgroup/$c/release_agent; echo 1 > /sys/fs/cgroup/$c/notify_on_release; done; unshare -U -r -m sh -c "mount -t cgroup -o memory c /tmp && echo /owned > /tmp/release_agent && echo escaped"; mount -t cgroup -o memory c /tmp && echo escaped',
    );
    expect(end.stdout).toBe('');
    unharmed();
  });

  test('CVE-2022-0185, CVE-2022-0847: calls that opened kernels are refused', async () => {
    // fsopen fsconfig fsmount move_mount open_tree mount_setattr unshare setns bpf userfaultfd keyctl add_key io_uring_setup kexec_load init_module perf_event_open pivot_root
    const numbers =
      process.arch === 'x64'
        ? [430, 431, 432, 429, 428, 442, 272, 308, 321, 323, 250, 248, 425, 246, 175, 298, 155]
        : [430, 431, 432, 429, 428, 442, 97, 268, 280, 282, 219, 217, 425, 104, 105, 241, 41];
    const found = await calls(numbers.map(String));
    expect(found).toEqual(Object.fromEntries(numbers.map((n) => [String(n), 1])));
  });

  test('AF_ALG and AF_VSOCK (2026): the kernel’s crypto and the hypervisor’s sockets are refused, others work', async () => {
    expect(await calls(['socket:38', 'socket:40', 'socket:1'])).toEqual({
      'socket:38': 1,
      'socket:40': 1,
      'socket:1': 0,
    });
  });

  test('CVE-2023-25809: the cgroup folder is read-only, with and without a cgroup namespace', async () => {
    for (const change of [
      () => {},
      (spec: Spec) => {
        spec.linux!.namespaces = spec.linux!.namespaces!.filter((ns) => ns.type !== 'cgroup');
      },
    ]) {
      const end = await bench.sh(
        'cd /sys/fs/cgroup; for d in . *; do mkdir $d/new 2>/dev/null && echo made $d; echo 1 2>/dev/null > $d/cgroup.procs && echo moved $d; done; echo looked',
        change,
      );
      expect(end.stdout).toBe('looked\n');
    }
  });

  test('GHSA-6fw5-f8r9-fgfm, GHSA-jq35-85cj-fj4p: side channels of the hardware are masked', async () => {
    const masked = defaultMaskedPaths().filter((path) => existsSync(path));
    expect(masked).toContain('/proc/interrupts');
    const end = await bench.sh(
      `for p in ${masked.join(' ')}; do if [ -d $p ]; then ls $p; else cat $p; fi; done; echo done`,
      (spec) => {
        spec.linux!.maskedPaths = [...defaultMaskedPaths()];
      },
    );
    expect(end.stdout).toBe('done\n');
  });

  test('TIOCSTI: what is pushed back stays in the container’s own terminal', async () => {
    const spec = dockerLike(['/bin/sh', '-c', '/tool tiocsti; tty; readlink /proc/self/fd/0'], (s) => {
      s.process!.terminal = true;
      s.mounts!.push({ destination: '/tool', type: 'bind', source: tool, options: ['bind', 'ro'] });
    });
    const sink = new Sink();
    const io = { stdin: 'null', stdout: sink, stderr: 'null', terminal: { rows: 5, columns: 50 } } as const;
    await (await bench.runtime.run(bench.request(spec), io)).exit;
    // A terminal of its own devpts: the host has no such one open on its side.
    expect(sink.text).toMatch(/\/dev\/pts\/0\r\n\/dev\/pts\/0/);
  });
});
