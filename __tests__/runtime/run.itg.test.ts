import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { freeze, isFrozen } from '../../src/runtime/cgroup/freezer.ts';
import { detectCgroups } from '../../src/runtime/cgroup/host.ts';
import { cgroupPathsOf } from '../../src/runtime/cgroup/paths.ts';
import { cgroupStats } from '../../src/runtime/cgroup/stats.ts';
import { updateCgroup } from '../../src/runtime/cgroup/update.ts';
import { isAlive, processFacts } from '../../src/runtime/identity.ts';
import { until } from '../helpers/until.ts';
import { Bench, dockerLike, leftCgroups, Sink } from './container-fixture.ts';

const bench = new Bench('run');

afterAll(async () => {
  expect(await leftCgroups()).toEqual([]);
  bench.remove();
});

describe('a container', () => {
  test('gives back output, errors and status, each by itself', async () => {
    const end = await bench.sh('echo out; echo err >&2; exit 7');
    expect(end).toMatchObject({ exitCode: 7, stdout: 'out\n', stderr: 'err\n', oomKilled: false });
    expect(end.memoryPeak).toBeGreaterThan(4096);
    expect(end.cpuUsec).toBeGreaterThan(0);
  });

  test('that a signal ended says which', async () => {
    const { running } = await bench.start(dockerLike(['/bin/sleep', '100']));
    await running.started;
    running.kill('SIGKILL');
    expect(await running.exit).toMatchObject({ exitCode: 137, signal: 9, oomKilled: false });
  });

  test('reads what it is given on stdin, and its end', async () => {
    const end = await bench.run(dockerLike(['/bin/cat']), { input: 'hello\n' });
    expect(end.stdout).toBe('hello\n');
  });

  test('may open /dev/stdout', async () => {
    expect((await bench.sh('echo x > /dev/stdout; echo y > /dev/stderr')).stdout).toBe('x\n');
  });

  test('sees itself alone: processes, host name, network, mounts', async () => {
    const end = await bench.sh(
      'ps -o pid | wc -l; hostname; ls /sys/class/net; cat /proc/mounts | grep -c ext4; echo $$',
    );
    expect(end.stdout.split('\n').slice(1)).toEqual(['inside', 'lo', '0', '1', '']);
    expect(Number(end.stdout.split('\n')[0])).toBeLessThan(6);
  });

  test('has Docker’s fourteen capabilities, none inheritable or ambient, and a filter', async () => {
    const end = await bench.sh('grep -E "Cap|Seccomp:" /proc/self/status');
    expect(end.stdout.replace(/\s+/g, ' ')).toBe(
      'CapInh: 0000000000000000 CapPrm: 00000000a80425fb CapEff: 00000000a80425fb CapBnd: 00000000a80425fb CapAmb: 0000000000000000 Seccomp: 2 ',
    );
  });

  test('that is not root has no effective capability', async () => {
    const end = await bench.sh('id; grep CapEff /proc/self/status', (spec) => {
      spec.process!.user = { uid: 1000, gid: 1000, additionalGids: [2000, 5] };
    });
    expect(end.stdout).toBe('uid=1000(user) gid=1000(user) groups=5(tty),2000(extra)\nCapEff:\t0000000000000000\n');
  });

  test('gets its limits, umask, score and no_new_privs', async () => {
    const end = await bench.sh(
      'ulimit -n; ulimit -Hn; umask; cat /proc/self/oom_score_adj; grep NoNewPrivs /proc/self/status',
      (spec) => {
        Object.assign(spec.process!, {
          rlimits: [{ type: 'RLIMIT_NOFILE', soft: 100, hard: 200 }],
          oomScoreAdj: 500,
          noNewPrivileges: true,
          user: { uid: 0, gid: 0, umask: 0o77 },
        });
      },
    );
    expect(end.stdout).toBe('100\n200\n0077\n500\nNoNewPrivs:\t1\n');
  });

  test('gets its own sysctls and leaves the host’s alone', async () => {
    const before = readFileSync('/proc/sys/kernel/shmmni', 'utf8');
    const end = await bench.sh('cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/shmmni', (spec) => {
      spec.linux!.sysctl = { 'net.ipv4.ip_unprivileged_port_start': '80', 'kernel.shmmni': '77' };
    });
    expect(end.stdout).toBe('80\n77\n');
    expect(readFileSync('/proc/sys/kernel/shmmni', 'utf8')).toBe(before);
  });

  test('has masked and read-only paths', async () => {
    const end = await bench.sh(
      'cat /proc/keys /proc/interrupts | wc -c; ls /proc/acpi /sys/firmware 2>/dev/null | grep -v : | grep -c .; echo 1 > /proc/sys/kernel/panic',
    );
    expect(end.stdout).toBe('0\n0\n');
    expect(end.stderr).toMatch(/panic: Read-only file system/);
  });

  test('with a read-only root can write to its mounts only', async () => {
    const end = await bench.sh('touch /x; touch /dev/shm/y && echo fine', (spec) => {
      spec.root!.readonly = true;
    });
    expect(end).toMatchObject({ stdout: 'fine\n', stderr: expect.stringMatching(/Read-only/) });
  });

  test('finds its program in PATH, and says 127 and 126 apart', async () => {
    const missing = bench.run(dockerLike(['no-such-program']));
    await expect(missing).rejects.toMatchObject({ name: 'RuntimeError', code: 'command-not-found' });
    const root = bench.freshRoot();
    writeFileSync(join(root, 'bin/plain'), 'x');
    await expect(bench.run(dockerLike(['/bin/plain']), { rootfs: root })).rejects.toMatchObject({
      code: 'not-executable',
    });
    await expect(bench.run(dockerLike(['/tmp']), { rootfs: root })).rejects.toMatchObject({ code: 'not-executable' });
    writeFileSync(join(root, 'bin/garbage'), 'not a program\0');
    chmodSync(join(root, 'bin/garbage'), 0o755);
    await expect(bench.run(dockerLike(['/bin/garbage']), { rootfs: root })).rejects.toMatchObject({
      code: 'not-executable',
    });
  });

  test('with an init as process 1 reaps orphans and hears signals', async () => {
    const { running, stdout } = await bench.start(
      dockerLike(['/bin/sh', '-c', 'trap "echo bye; exit 3" TERM; echo $$; while :; do sleep 0.05; done']),
      { init: true },
    );
    await running.started;
    await until(() => stdout.text !== '');
    running.kill('SIGTERM');
    expect((await running.exit).exitCode).toBe(3);
    expect(stdout.text).toMatch(/^[2-9]\nbye\n$/);
  });

  test('with a terminal sees one of the right size, and its resizing', async () => {
    const input = new PassThrough();
    const stdout = new Sink();
    const spec = dockerLike(
      ['/bin/sh', '-c', 'stty size; tty; read x; stty size; ls -l /dev/console | cut -c1'],
      (s) => {
        s.process!.terminal = true;
      },
    );
    const running = await bench.runtime.run(bench.request(spec), {
      stdin: input,
      stdout,
      stderr: 'null',
      terminal: { rows: 33, columns: 99 },
    });
    await until(() => stdout.text.includes('/dev/'));
    running.resize(20, 50);
    await sleep(50);
    input.write('go\n');
    await running.exit;
    input.end();
    expect(stdout.text.replace(/\r/g, '')).toBe('33 99\n/dev/pts/0\ngo\n20 50\nc\n');
  });

  test('is killed with all it started when its owner gives up', async () => {
    const stop = new AbortController();
    const { running } = await bench.start(dockerLike(['/bin/sh', '-c', 'sleep 100 & setsid sleep 100 & wait']), {
      signal: stop.signal,
    });
    await running.started;
    const facts = await processFacts(running.pid);
    stop.abort();
    await running.exit.catch(() => {});
    expect(await isAlive(running.pid, facts!.startTime)).toBe(false);
  });

  test('sharing the host’s pids leaves none of its processes behind', async () => {
    const marker = `4242${process.pid}`;
    const end = await bench.sh(`sleep ${marker} & setsid sleep ${marker} & sleep 0.1; echo $$`, (spec) => {
      spec.linux!.namespaces = spec.linux!.namespaces!.filter((ns) => ns.type !== 'pid');
      spec.mounts = spec.mounts!.filter((mount) => mount.type !== 'proc');
      spec.linux!.maskedPaths = [];
      spec.linux!.readonlyPaths = [];
    });
    expect(end.exitCode).toBe(0);
    const { execFileSync } = await import('node:child_process');
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(`sleep ${marker}`);
  });
});

describe('limits', () => {
  test('of memory kill and say so', async () => {
    const end = await bench.sh('head -c 200m /dev/zero | tail -c 150m | wc -c', (spec) => {
      spec.linux!.resources = { memory: { limit: 32 * 2 ** 20, swap: 32 * 2 ** 20 } };
    });
    expect(end.oomKilled).toBe(true);
    expect(end.memoryPeak).toBeGreaterThan(16 * 2 ** 20);
  });

  test('of processes stop a fork bomb', async () => {
    const end = await bench.sh('for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1 & done; echo all', (spec) => {
      spec.linux!.resources = { pids: { limit: 8 } };
    });
    expect(end.stderr).toMatch(/fork/);
  });

  test('of CPU time slow it down', async () => {
    const end = await bench.sh('i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done', (spec) => {
      spec.linux!.resources = { cpu: { quota: 10_000, period: 100_000 } };
    });
    expect(end.durationMs).toBeGreaterThan(3 * (end.cpuUsec! / 1000));
  });

  test('of devices keep the host’s disks away from a container that can make nodes', async () => {
    const end = await bench.sh(
      'mknod /tmp/disk b 254 0 && head -c1 /tmp/disk; rm -f /tmp/disk; head -c1 /dev/zero | wc -c; head -c1 /dev/kmsg',
      (spec) => {
        spec.linux!.devices = [{ type: 'c', path: '/dev/kmsg', major: 1, minor: 11 }];
      },
    );
    expect(end.stderr).toMatch(/\/tmp\/disk: Operation not permitted[\s\S]*\/dev\/kmsg: Operation not permitted/);
    expect(end.stdout).toBe('1\n');
  });

  test('can be read, changed and frozen while it runs', async () => {
    const host = await detectCgroups();
    const { running } = await bench.start(
      dockerLike(['/bin/sleep', '100'], (spec) => {
        spec.linux!.resources = { memory: { limit: 2 ** 26 }, pids: { limit: 10 } };
      }),
    );
    try {
      await running.started;
      const paths = await cgroupPathsOf(host, running.pid);
      expect(await cgroupStats(host, paths)).toMatchObject({
        memoryLimit: 2 ** 26,
        pids: 1,
        pidsLimit: 10,
        oomKills: 0,
        cpuUsec: expect.any(Number),
      });
      await updateCgroup(host, paths, { memory: { limit: 2 ** 27, swap: 2 ** 28 }, pids: { limit: 20 } }, () => {});
      expect((await cgroupStats(host, paths)).memoryLimit).toBe(2 ** 27);
      await freeze(paths, true);
      expect(await isFrozen(paths)).toBe(true);
      await freeze(paths, false);
      expect(await isFrozen(paths)).toBe(false);
    } finally {
      running.kill('SIGKILL');
      await running.exit;
    }
  });

  test('that cannot be set are an error when asked strictly', async () => {
    const { planCgroup } = await import('../../src/runtime/cgroup/plan.ts');
    const none = { mode: 'none' as const, v1: new Map() };
    const plan = (strict: boolean, warnings: string[]) =>
      planCgroup(none, {
        path: '/x',
        resources: { memory: { limit: 5 } },
        strict,
        controllers: 'needed',
        userNamespace: false,
        onWarning: (message) => warnings.push(message),
      });
    await expect(plan(true, [])).rejects.toMatchObject({ code: 'limit-impossible' });
    const warnings: string[] = [];
    expect((await plan(false, warnings)).paths).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(/the memory limit cannot be set/)]);
  });
});

describe('mounts', () => {
  test('are made in order, with missing destinations', async () => {
    const source = join(bench.scratch, 'source');
    mkdirSync(join(source, 'deep'), { recursive: true });
    writeFileSync(join(source, 'file'), 'content\n');
    const end = await bench.sh('cat /new/folder/file /etc/only; touch /new/folder/x; ls /over', (spec) => {
      spec.mounts!.push(
        { destination: '/new/folder', type: 'bind', source, options: ['rbind', 'ro'] },
        { destination: '/etc/only', type: 'bind', source: join(source, 'file'), options: ['bind', 'ro'] },
        { destination: '/over', type: 'tmpfs', source: 'tmpfs', options: ['size=1m'] },
        { destination: '/over/top', type: 'tmpfs', source: 'tmpfs', options: ['size=1m'] },
      );
    });
    expect(end.stdout).toBe('content\ncontent\ntop\n');
    expect(end.stderr).toMatch(/Read-only/);
  });

  test('that are recursively read-only let nothing below be written', async () => {
    const { execFileSync } = await import('node:child_process');
    const outer = join(bench.scratch, 'outer');
    mkdirSync(join(outer, 'inner'), { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(outer, 'inner')]);
    try {
      const write = (options: string[]) =>
        bench.sh(
          'touch /m/inner/x 2>/dev/null && echo written; touch /m/y 2>/dev/null && echo outside; true',
          (spec) => {
            spec.mounts!.push({ destination: '/m', type: 'bind', source: outer, options });
          },
        );
      expect((await write(['rbind', 'ro'])).stdout).toBe('written\n');
      expect((await write(['rbind', 'rro'])).stdout).toBe('');
    } finally {
      execFileSync('umount', [join(outer, 'inner')]);
    }
  });

  test('that are id-mapped show other owners than on disk', async () => {
    const source = join(bench.scratch, 'owned');
    mkdirSync(source, { recursive: true });
    const { chownSync, statSync } = await import('node:fs');
    writeFileSync(join(source, 'file'), '');
    for (const path of [source, join(source, 'file')]) chownSync(path, 70000, 70000);
    const end = await bench.sh('stat -c "%u %g" /m/file; touch /m/new', (spec) => {
      spec.mounts!.push({
        destination: '/m',
        type: 'bind',
        source,
        options: ['bind'],
        uidMappings: [{ containerID: 70000, hostID: 0, size: 1000 }],
        gidMappings: [{ containerID: 70000, hostID: 0, size: 1000 }],
      });
    });
    expect(end.stdout).toBe('0 0\n');
    expect(statSync(join(source, 'new')).uid).toBe(70000);
  });

  test('of a source that is not there name it', async () => {
    const run = bench.sh('true', (spec) => {
      spec.mounts!.push({ destination: '/m', type: 'bind', source: '/no/such', options: ['bind'] });
    });
    await expect(run).rejects.toThrow('bind mount /no/such → /m: there is no such file or folder');
  });
});

describe('a root file system', () => {
  const overlay = (name: string, readOnly = false) => {
    const folder = join(bench.scratch, name);
    for (const part of ['upper', 'work', 'low/etc']) mkdirSync(join(folder, part), { recursive: true });
    writeFileSync(join(folder, 'low/etc/from-layer'), 'layer\n');
    const [upper, work] = readOnly ? ['', ''] : [join(folder, 'upper'), join(folder, 'work')];
    return { cwd: bench.scratch, options: '', upper, work, lowers: [`${name}/low`, 'rootfs'] };
  };

  test('of layers shows all of them and keeps what is written apart', async () => {
    const rootfs = overlay('layers');
    const end = await bench.sh('cat /etc/from-layer; echo new > /etc/written; rm /etc/group', undefined, { rootfs });
    expect(end.stdout).toBe('layer\n');
    expect(readFileSync(join(rootfs.upper, 'etc/written'), 'utf8')).toBe('new\n');
    expect(readFileSync(join(bench.root, 'etc/group'), 'utf8')).toContain('root');
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(bench.scratch);
  });

  test('of layers may be a source of mounts for another', async () => {
    const target = join(bench.scratch, 'stage');
    mkdirSync(target);
    const end = await bench.sh(
      'cat /work/etc/from-layer; touch /work/x',
      (spec) => {
        spec.mounts!.push({ destination: '/work', type: 'bind', source: target, options: ['bind', 'ro'] });
      },
      { overlays: [{ mount: overlay('stage-layers', true), target }] },
    );
    expect(end).toMatchObject({ stdout: 'layer\n', stderr: expect.stringMatching(/Read-only/) });
  });

  test('can be shared with the host’s propagation, or kept private', async () => {
    const peers = async (rootfsPropagation: string): Promise<string> => {
      const end = await bench.sh('grep -E "^([^ ]+ ){4}/ " /proc/self/mountinfo | cut -d" " -f7', (spec) => {
        spec.linux!.rootfsPropagation = rootfsPropagation;
      });
      return end.stdout.trim();
    };
    expect(await peers('private')).toBe('-');
    expect(await peers('shared')).toMatch(/shared|-/);
  });
});

describe('a user namespace', () => {
  const mapped = (spec: import('../../src/runtime/spec.ts').Spec): void => {
    spec.linux!.namespaces!.push({ type: 'user' });
    spec.linux!.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    spec.linux!.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  };

  test('makes the container’s root nobody on the host', async () => {
    const root = bench.freshRoot();
    chmodSync(join(root, 'tmp'), 0o777);
    const end = await bench.sh(
      'id -u; cat /proc/self/uid_map; touch /tmp/mine; ls -ln /dev/null | cut -c1-10; stat -c "%u %g" /dev/mqueue /dev/shm',
      mapped,
      { rootfs: root },
    );
    expect(end.stdout.replace(/ +/g, ' ')).toBe('0\n 0 100000 65536\ncrw-rw-rw-\n0 0\n0 0\n');
    const { statSync } = await import('node:fs');
    expect(statSync(join(root, 'tmp/mine')).uid).toBe(100_000);
  });
});

describe('a process that joins', () => {
  test('is in the same namespaces and cgroup, with its own user and status', async () => {
    const { running } = await bench.start(dockerLike(['/bin/sleep', '100']));
    try {
      await running.started;
      const end = await bench.exec(running, {
        args: ['/bin/sh', '-c', 'hostname; ps | grep -c "[s]leep 100"; id -u; grep Seccomp: /proc/self/status; exit 9'],
        user: { uid: 1000, gid: 1000 },
      });
      expect(end).toMatchObject({ exitCode: 9, stdout: 'inside\n1\n1000\nSeccomp:\t0\n' });
      await expect(bench.exec(running, { args: ['nothing'] })).rejects.toMatchObject({ code: 'command-not-found' });
    } finally {
      running.kill('SIGKILL');
      await running.exit;
    }
  });

  test('does not take another process of the same number', async () => {
    const { running } = await bench.start(dockerLike(['/bin/sleep', '100']));
    try {
      await running.started;
      const exec = bench.runtime.exec(
        { pid: running.pid, startTime: '1' },
        { ...dockerLike([]).process!, args: ['/bin/true'] },
        { stdin: 'null', stdout: 'null', stderr: 'null' },
      );
      await expect(exec.then((joined) => joined.exit)).rejects.toThrow();
    } finally {
      running.kill(9);
      await running.exit;
    }
  });
});

describe('hooks', () => {
  test('run in order with the state on stdin, each where it belongs', async () => {
    const log = join(bench.scratch, 'hooks.log');
    const inside = join(bench.scratch, 'inside');
    mkdirSync(inside, { recursive: true });
    const outer = (name: string) => [
      {
        path: '/bin/sh',
        args: ['sh', '-c', `echo "${name} $(tr -d '\\n')" >> ${log}; echo $X >> ${log}`],
        env: ['X=y'],
      },
    ];
    const end = await bench.sh('echo program >> /log/inside', (spec) => {
      spec.annotations = { key: 'value' };
      spec.mounts!.push({ destination: '/log', type: 'bind', source: inside, options: ['bind'] });
      spec.hooks = {
        prestart: outer('prestart'),
        createRuntime: outer('createRuntime'),
        createContainer: [{ path: '/bin/sh', args: ['sh', '-c', `cat > ${inside}/createContainer`] }],
        startContainer: [{ path: '/bin/sh', args: ['sh', '-c', 'cat > /log/startContainer'] }],
        poststart: outer('poststart'),
        poststop: outer('poststop'),
      };
    });
    expect(end.exitCode).toBe(0);
    const lines = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && line !== 'y');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['prestart', 'createRuntime', 'poststart', 'poststop']);
    const states = lines.map((line) => JSON.parse(line.slice(line.indexOf(' ') + 1)));
    expect(states.map((state) => state.status)).toEqual(['creating', 'creating', 'running', 'stopped']);
    expect(states[0]).toMatchObject({
      ociVersion: '1.2.0',
      bundle: bench.scratch,
      annotations: { key: 'value' },
      pid: expect.any(Number),
    });
    const within = (name: string) => JSON.parse(readFileSync(join(inside, name), 'utf8'));
    expect(within('createContainer').pid).toBe(states[0].pid);
    expect(within('startContainer')).toMatchObject({ status: 'created', id: states[0].id });
  });

  test('that fail or take too long stop the container before its program', async () => {
    const trace = join(bench.scratch, 'trace');
    writeFileSync(trace, '');
    const attempt = (hook: object, stage: string) =>
      bench.sh('echo ran > /trace', (spec) => {
        spec.mounts!.push({ destination: '/trace', type: 'bind', source: trace, options: ['bind'] });
        spec.hooks = { [stage]: [hook] } as NonNullable<typeof spec.hooks>;
      });
    const failing = { path: '/bin/sh', args: ['sh', '-c', 'echo no way >&2; exit 3'] };
    await expect(attempt(failing, 'prestart')).rejects.toThrow(/prestart hook \/bin\/sh: exit status 3: no way/);
    await expect(attempt(failing, 'createRuntime')).rejects.toMatchObject({ code: 'hook-failed' });
    await expect(attempt(failing, 'createContainer')).rejects.toThrow(/hook/);
    await expect(attempt(failing, 'startContainer')).rejects.toThrow(/hook/);
    const slow = { path: '/bin/sleep', args: ['sleep', '30'], timeout: 1 };
    await expect(attempt(slow, 'createRuntime')).rejects.toThrow(/did not end within 1 s/);
    await expect(attempt({ path: '/no/hook' }, 'prestart')).rejects.toThrow(/ENOENT/);
    expect(readFileSync(trace, 'utf8')).toBe('');
  });
});
