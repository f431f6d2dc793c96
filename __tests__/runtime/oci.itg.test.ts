import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { makeBusyboxRoot } from '../helpers/busybox-root.ts';
import { until } from '../helpers/until.ts';
import { ancestors, isInstalled, OciBench, run } from './oci-fixture.ts';

const bench = new OciBench('cli');
const id = (name: string): string => `oci-test-${process.pid}-${name}`;

afterAll(() => bench.remove());

describe('the life of a container', () => {
  test('goes from created to running to stopped and away, and no process of ours stays above it', async () => {
    const name = id('life');
    const log = join(bench.scratch, 'life.log');
    writeFileSync(log, '');
    const bundle = bench.bundle(['/bin/sh', '-c', 'echo began > /log; exec sleep 100'], (spec) => {
      spec.annotations = { 'org.example': 'yes' };
      spec.mounts!.push({ destination: '/log', type: 'bind', source: log, options: ['bind'] });
    });
    const pidFile = join(bench.scratch, 'life.pid');
    await bench.must('create', '--bundle', bundle, '--pid-file', pidFile, name);
    const state = JSON.parse(await bench.must('state', name));
    expect(state).toMatchObject({
      ociVersion: '1.2.0',
      id: name,
      status: 'created',
      bundle,
      annotations: { 'org.example': 'yes' },
    });
    expect(readFileSync(pidFile, 'utf8')).toBe(String(state.pid));
    expect(ancestors(state.pid)).toEqual([1]);
    expect(readFileSync(log, 'utf8')).toBe('');

    // What happens to config.json now has no effect.
    bench.configure(bundle, ['/bin/false']);
    await bench.must('start', name);
    await until(() => readFileSync(log, 'utf8') === 'began\n');
    expect(await bench.status(name)).toBe('running');
    expect((await bench.oci('start', name)).stderr).toMatch(/cannot start a container that is running/);
    expect((await bench.oci('create', '--bundle', bundle, name)).stderr).toMatch(/container with id exists/);
    expect((await bench.oci('delete', name)).stderr).toMatch(/not stopped: running/);
    expect(JSON.parse(await bench.must('ps', '--format', 'json', name))).toEqual([state.pid]);
    expect((await bench.must('list', '-q')).trim()).toBe(name);

    await bench.must('kill', name, 'KILL');
    await until(async () => (await bench.status(name)) === 'stopped');
    expect((await bench.oci('kill', name)).stderr).toMatch(/container not running/);
    await bench.must('delete', name);
    expect(await bench.oci('state', name)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('does not exist'),
    });
    expect(existsSync(join(bench.state, name))).toBe(false);
    expect((await run('find', ['/sys/fs/cgroup', '-maxdepth', '3', '-name', `*${name}*`])).stdout).toBe('');
  });

  test('may be paused, updated and joined', async () => {
    const name = id('live');
    await bench.must('run', '--detach', '--bundle', bench.bundle(['/bin/sleep', '100']), name);
    try {
      expect(
        await bench.oci(
          'exec',
          '--user',
          '1000:1000',
          '--env',
          'A=b',
          '--cwd',
          '/tmp',
          name,
          'sh',
          '-c',
          'id -u; echo $A; pwd; exit 6',
        ),
      ).toMatchObject({
        code: 6,
        stdout: '1000\nb\n/tmp\n',
      });
      expect((await bench.oci('exec', name, 'no-such')).stderr).toMatch(
        /executable file not found in the container's \$PATH/,
      );
      const process = join(bench.scratch, 'process.json');
      writeFileSync(process, JSON.stringify({ cwd: '/', args: ['/bin/hostname'] }));
      expect((await bench.oci('exec', '--process', process, name)).stdout).toBe('inside\n');
      const pidFile = join(bench.scratch, 'exec.pid');
      await bench.must('exec', '--detach', '--pid-file', pidFile, name, 'sleep', '99');
      const pid = Number(readFileSync(pidFile, 'utf8'));
      expect(ancestors(pid)).toEqual([1]);
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBe('sleep\x0099\0');

      await bench.must('pause', name);
      expect(await bench.status(name)).toBe('paused');
      expect((await bench.oci('exec', name, 'true')).stderr).toMatch(/cannot exec in a container that is paused/);
      await bench.must('resume', name);
      expect(await bench.status(name)).toBe('running');

      await bench.must('update', '--pids-limit', '33', '--memory', '64m', name);
      const inside = await bench.must(
        'exec',
        name,
        'sh',
        '-c',
        'cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null; true',
      );
      expect(inside).toBe('33\n');
      // Raising both, then lowering both: the kernel wants another order each time.
      await bench.must('update', '--memory', '256m', '--memory-swap', '512m', name);
      await bench.must('update', '--memory', '32m', '--memory-swap', '64m', name);
    } finally {
      await bench.must('delete', '--force', name);
    }
  });

  test('in one go gives the program’s status and leaves nothing', async () => {
    const name = id('run');
    const ran = await bench.oci('run', '--bundle', bench.bundle(['/bin/sh', '-c', 'echo out; exit 5']), name);
    expect(ran).toMatchObject({ code: 5, stdout: 'out\n' });
    expect((await bench.must('list', '-q')).trim()).toBe('');
    const missing = await bench.oci('run', '--bundle', bench.bundle(['/bin/nothing']), name);
    expect(missing).toMatchObject({ code: 127, stderr: expect.stringMatching(/no such file or directory/) });
    expect(existsSync(join(bench.state, name))).toBe(false);
  });

  test('keeps the descriptors that it is told to keep, and no other', async () => {
    const file = join(bench.scratch, 'kept');
    writeFileSync(file, 'kept\n');
    const bundle = bench.bundle(['/bin/sh', '-c', 'cat <&3; ls /proc/self/fd | wc -l']);
    const ran = await run('/bin/sh', [
      '-c',
      `exec 3<${file} 4</etc/hostname; ${bench.wrapper} --root ${bench.state} run --preserve-fds 1 --bundle ${bundle} ${id('fds')}`,
    ]);
    // 0, 1, 2, 3 and the one that ls opened.
    expect(ran.stdout).toBe('kept\n5\n');
  });

  test('of a user who is not root runs with one id, without limits', async () => {
    const [uid, gid] = [65534, 65534];
    const home = join(bench.scratch, 'nobody');
    const bundle = join(home, 'bundle');
    mkdirSync(bundle, { recursive: true });
    makeBusyboxRoot(join(bundle, 'rootfs'));
    await run('chown', ['-R', `${uid}:${gid}`, home]);
    const nobody = (...args: string[]) => run(bench.wrapper, ['--root', join(home, 'state'), ...args], { uid, gid });
    const made = await nobody('spec', '--rootless', '--bundle', bundle);
    if (/EACCES|MODULE_NOT_FOUND|Permission denied/.test(made.stderr))
      return console.warn('not tried: this checkout is not readable for others');
    const file = join(bundle, 'config.json');
    const spec = JSON.parse(readFileSync(file, 'utf8'));
    Object.assign(spec.process, { terminal: false, args: ['sh', '-c', 'id -u; cat /proc/self/uid_map; hostname'] });
    writeFileSync(file, JSON.stringify(spec));
    const ran = await nobody('run', '--bundle', bundle, id('nobody'));
    expect(ran.stdout.replace(/ +/g, ' ')).toBe(`0\n 0 ${uid} 1\ncontainerize\n`);
  });

  test('kills every process with --all', async () => {
    const name = id('all');
    const bundle = bench.bundle(['/bin/sh', '-c', 'sleep 98 & setsid sleep 98 & wait'], (spec) => {
      spec.linux!.namespaces = spec.linux!.namespaces!.filter((ns) => ns.type !== 'pid');
      spec.mounts = spec.mounts!.filter((mount) => mount.type !== 'proc');
      spec.linux!.maskedPaths = spec.linux!.readonlyPaths = [];
    });
    await bench.must('run', '-d', '--bundle', bundle, name);
    await until(async () => JSON.parse(await bench.must('ps', '--format', 'json', name)).length === 3);
    await bench.must('kill', '--all', name, 'KILL');
    await until(async () => JSON.parse(await bench.must('ps', '--format', 'json', name)).length === 0);
    await bench.must('delete', name);
  });

  test('runs poststop hooks at its deletion, and failing hooks undo it', async () => {
    const log = join(bench.scratch, 'late.log');
    const hook = (word: string, code = 0) => ({
      path: '/bin/sh',
      args: ['sh', '-c', `echo ${word} >> ${log}; exit ${code}`],
    });
    const name = id('hooks');
    const bundle = bench.bundle(['/bin/true'], (spec) => {
      spec.hooks = {
        createRuntime: [hook('createRuntime')],
        poststart: [hook('poststart')],
        poststop: [hook('poststop')],
      };
    });
    await bench.must('create', '--bundle', bundle, name);
    await bench.must('start', name);
    await until(async () => (await bench.status(name)) === 'stopped');
    await bench.must('delete', name);
    expect(readFileSync(log, 'utf8')).toBe('createRuntime\npoststart\npoststop\n');
    bench.configure(bundle, ['/bin/true'], (spec) => {
      spec.hooks = { createRuntime: [hook('failing', 1)] };
    });
    expect((await bench.oci('create', '--bundle', bundle, name)).stderr).toMatch(
      /createRuntime hook \/bin\/sh: exit status 1/,
    );
    expect((await bench.must('list', '-q')).trim()).toBe('');
  });

  test('start waits for startContainer hooks, and says which one failed', async () => {
    const log = join(bench.scratch, 'start.log');
    const [good, bad] = [id('start-hook'), id('start-hook')];
    const within = (script: string) => ({ path: '/bin/sh', args: ['sh', '-c', script] });
    const bundle = bench.bundle(['/bin/sh', '-c', 'cat /tmp/hook; exec sleep 1000'], (spec) => {
      spec.hooks = {
        startContainer: [within('sleep 0.3; echo hooked > /tmp/hook')],
        poststart: [within(`echo poststart >> ${log}`)],
      };
    });
    await bench.must('create', '--bundle', bundle, good);
    await bench.must('start', good);
    expect(readFileSync(join(bundle, 'rootfs/tmp/hook'), 'utf8')).toBe('hooked\n');
    expect(await bench.status(good)).toBe('running');
    await bench.must('delete', '--force', good);

    bench.configure(bundle, ['/bin/true'], (spec) => {
      spec.hooks = {
        startContainer: [within('exit 3')],
        poststart: [within(`echo never >> ${log}`)],
        poststop: [within(`echo poststop >> ${log}`)],
      };
    });
    await bench.must('create', '--bundle', bundle, bad);
    const started = await bench.oci('start', bad);
    expect(started.code).not.toBe(0);
    expect(started.stderr).toMatch(/hook startContainer: hook \/bin\/sh failed with exit status 3/);
    expect(await bench.status(bad)).toBe('stopped');
    await bench.must('delete', bad);
    expect(readFileSync(log, 'utf8')).toBe('poststart\npoststop\n');
    expect((await bench.must('list', '-q')).trim()).toBe('');
  });
});

describe('bad input', () => {
  const bundle = bench.bundle(['/bin/true']);

  test('is refused with one clear line and nothing left behind', async () => {
    const spoil = (change: Parameters<OciBench['bundle']>[1]): string => bench.bundle(['/bin/true'], change);
    const cases: [args: string[], message: RegExp][] = [
      [['create', '--bundle', join(bench.scratch, 'nowhere'), id('a')], /config\.json: no such file or directory/],
      [['create', '--bundle', bundle, '../up'], /invalid container ID/],
      [['create', '--bundle', bundle], /needs exactly 1 argument/],
      [['create', '--bundel', bundle, id('a')], /did you mean --bundle\?/],
      [['crate', id('a')], /unknown command: oci crate \(did you mean create\?\)/],
      [['kill', id('a'), 'SIGNOT'], /unknown signal .*SIGNOT/],
      [['start', id('a')], /does not exist/],
      [['--systemd-cgroup', 'state', id('a')], /cgroups by systemd are not done here/],
      [
        ['create', '--bundle', spoil((spec) => Object.assign(spec.root!, { path: 'none' })), id('a')],
        /root\.path: .*none: no such file/,
      ],
      [
        ['create', '--bundle', spoil((spec) => Object.assign(spec.process!, { terminal: true })), id('a')],
        /needs --console-socket/,
      ],
      [
        ['create', '--bundle', spoil((spec) => Object.assign(spec.process!, { args: ['/nope'] })), id('a')],
        /nope.*: no such file/,
      ],
      [
        ['create', '--bundle', spoil((spec) => Object.assign(spec.linux!, { cgroupsPath: '/a/../b' })), id('a')],
        /is not allowed/,
      ],
      [
        [
          'create',
          '--bundle',
          spoil((spec) =>
            spec.linux!.namespaces!.splice(0, 1, { type: 'network', path: '/proc/self/ns/uts' }, { type: 'mount' }),
          ),
          id('a'),
        ],
        /comes twice|namespace/,
      ],
      [
        ['create', '--bundle', spoil((spec) => Object.assign(spec.linux!, { intelRdt: {} })), id('a')],
        /intelRdt is not done/,
      ],
      [['exec', '--user', '0x0', id('a'), 'x'], /does not exist|digits/],
    ];
    for (const [args, message] of cases) {
      const ran = await bench.oci(...args);
      expect([args, ran.code, ran.stderr]).toEqual([args, 1, expect.stringMatching(message)]);
      expect(ran.stderr).not.toMatch(/\n\s+at /);
    }
    expect((await bench.must('list', '-q')).trim()).toBe('');
    expect((await run('find', ['/sys/fs/cgroup', '-maxdepth', '3', '-name', `*${id('a')}*`])).stdout).toBe('');
  }, 30_000);

  test('goes to the log as text and as JSON', async () => {
    const log = join(bench.scratch, 'log');
    await bench.oci('--log', log, '--log-format', 'json', 'state', 'nix');
    const line = JSON.parse(readFileSync(log, 'utf8'));
    expect(line).toMatchObject({ level: 'error', msg: 'container "nix" does not exist' });
    expect(Number.isNaN(Date.parse(line.time))).toBe(false);
    await bench.oci('--log', log, 'state', 'nix');
    expect(readFileSync(log, 'utf8').split('\n')[1]).toMatch(/^time="[^"]+" level=error msg="container/);
  });

  test('of a create that was killed at any moment leaves nothing that delete --force does not clear', async () => {
    const bundle = bench.bundle(['/bin/sleep', '96']);
    const name = id('killed');
    for (const delay of [30, 60, 80, 100, 130, 170, 250]) {
      const child = spawn(bench.wrapper, ['--root', bench.state, 'create', '--bundle', bundle, name], {
        stdio: 'ignore',
      });
      const ended = new Promise((done) => child.once('exit', done));
      await sleep(delay);
      child.kill('SIGKILL');
      await ended;
      expect([delay, await bench.oci('delete', '--force', name)]).toEqual([
        delay,
        expect.objectContaining({ code: 0 }),
      ]);
      expect(existsSync(join(bench.state, name))).toBe(false);
      const left = readdirSync('/sys/fs/cgroup', { recursive: false, encoding: 'utf8' })
        .map((folder) => join('/sys/fs/cgroup', folder, `containerize-${name}`))
        .filter((folder) => existsSync(folder));
      expect([delay, left]).toEqual([delay, []]);
    }
    // and the name is free
    await bench.must('create', '--bundle', bundle, name);
    await bench.must('delete', '--force', name);
  }, 30_000);

  test('of a deletion is forgiven when forced', async () => {
    expect((await bench.oci('delete', 'nix')).code).toBe(1);
    expect((await bench.oci('delete', '--force', 'nix')).code).toBe(0);
  });
});

test('features and spec are valid documents', async () => {
  const features = JSON.parse(await bench.must('features'));
  expect(features).toMatchObject({
    ociVersionMin: '1.0.0',
    linux: { seccomp: { enabled: true }, cgroup: { v1: true, v2: true } },
  });
  const folder = join(bench.scratch, 'example');
  mkdirSync(folder);
  await bench.must('spec', '--bundle', folder);
  expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')).ociVersion).toBe(features.ociVersionMax);
  expect((await bench.oci('spec', '--bundle', folder)).stderr).toMatch(/exists already/);
});

describe('compared with other runtimes', () => {
  const peers = ['runc', 'crun'].filter(isInstalled);

  test('states and errors agree', async () => {
    if (peers.length === 0) return console.warn('not compared: neither runc nor crun is installed');
    for (const peer of peers) {
      const theirs = (...args: string[]) => run(peer, ['--root', join(bench.scratch, `${peer}-state`), ...args]);
      const bundle = bench.bundle(['/bin/sleep', '97'], (spec) => {
        // What old versions of them know.
        spec.ociVersion = '1.0.2';
        spec.linux!.seccomp = { defaultAction: 'SCMP_ACT_ALLOW' };
      });
      const name = id(peer);
      const created = await theirs('create', '--bundle', bundle, name);
      if (created.code !== 0) {
        console.warn(
          `not compared with ${peer}: it cannot create a container here: ${created.stderr.trim().slice(0, 200)}`,
        );
        continue;
      }
      try {
        await bench.must('create', '--bundle', bundle, `${name}-ours`);
        const state = async (mine: boolean) => {
          const ran = mine ? await bench.oci('state', `${name}-ours`) : await theirs('state', name);
          return ran.code === 0 ? JSON.parse(ran.stdout) : { code: ran.code };
        };
        const both = async () => [(await state(false)).status, (await state(true)).status];
        expect(Object.keys(await state(true))).toEqual(expect.arrayContaining(Object.keys(await state(false))));
        expect(await both()).toEqual(['created', 'created']);
        await Promise.all([theirs('start', name), bench.must('start', `${name}-ours`)]);
        expect(await both()).toEqual(['running', 'running']);
        for (const deed of [['start'], ['delete']]) {
          expect((await bench.oci(...deed, `${name}-ours`)).code).toBe((await theirs(...deed, name)).code);
        }
        await Promise.all([theirs('kill', name, 'KILL'), bench.must('kill', `${name}-ours`, 'KILL')]);
        await until(async () => (await both()).every((status) => status === 'stopped'));
        await Promise.all([theirs('delete', name), bench.must('delete', `${name}-ours`)]);
      } finally {
        await theirs('delete', '--force', name);
        await bench.oci('delete', '--force', `${name}-ours`);
      }
    }
  }, 30_000);
});
