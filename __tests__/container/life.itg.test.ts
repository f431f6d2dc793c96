import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { until } from '../helpers/until.ts';
import { containerLine } from './fixture.ts';

const cli = await containerLine('life');
const cwd = join(cli.folder, 'cwd');
await mkdir(cwd, { recursive: true });
let next = 0;
const fresh = () => `box${next++}`;
const format = async (name: string, template: string) => (await cli.ok(['inspect', '-f', template, name])).trim();
const detached = async (script: string, ...flags: string[]) => {
  const name = fresh();
  await cli.ok(['run', '-d', '--name', name, ...flags, 'busybox', 'sh', '-c', script]);
  return name;
};
const WAITS = 'trap "exit 3" TERM; while :; do sleep 0.05; done';

describe('a container in the background', () => {
  test('runs, is listed, stops when asked, and is removed', async () => {
    const name = await detached(WAITS);
    expect(await cli.ok(['ps', '--format', '{{.Names}} {{.State}}'])).toContain(`${name} running`);
    await cli.ok(['stop', name]);
    expect(await format(name, '{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 3');
    expect(await cli.ok(['ps', '-aq', '--no-trunc', '--filter', `name=${name}`])).toHaveLength(65);
    await cli.ok(['rm', name]);
    expect((await cli.run(['inspect', name])).code).not.toBe(0);
  });

  test('inspect has docker’s fields, and of the environment what the image and the user said', async () => {
    const name = await detached(WAITS, '-e', 'A=1', '-e', 'A=2');
    expect(await format(name, '{{json .Config.Env}} {{.HostConfig.Links}} {{.NetworkSettings.Bridge}}')).toMatch(
      /^\["PATH=[^"]*","A=2"\] |^\["A=2"\] /,
    );
    expect(await format(name, '{{json .HostConfig.MaskedPaths}} {{.NetworkSettings.SandboxKey}}')).toMatch(
      /"\/proc\/kcore".* \/proc\/\d+\/ns\/net$/,
    );
    await cli.ok(['rm', '-f', name]);
  });

  test('who does not stop is killed', async () => {
    const name = await detached('trap "" TERM; while :; do sleep 0.05; done');
    await cli.ok(['stop', '-t', '0', name]);
    expect(await format(name, '{{.State.ExitCode}}')).toBe('137');
  });

  test('wait gives the exit code, start runs it again', async () => {
    const name = await detached('sleep 0.1; exit 4');
    expect(await cli.ok(['wait', name])).toBe('4\n');
    await cli.ok(['start', name]);
    expect(await cli.ok(['wait', name])).toBe('4\n');
  });

  test('a running one is not removed without force', async () => {
    const name = await detached(WAITS);
    const { code, stderr } = await cli.run(['rm', name]);
    expect([code, stderr.includes('is running')]).toEqual([1, true]);
    await cli.ok(['rm', '-f', name]);
  });

  test('rm --force of what is not there is no failure, and says so', async () => {
    expect(await cli.run(['rm', '-f', 'ghost'])).toMatchObject({ code: 0, stderr: 'note: no such container: ghost\n' });
    expect((await cli.run(['rm', 'ghost'])).code).toBe(1);
  });

  test.each([
    ['status=nonsense', 'one of created, restarting, running, removing, paused, exited, dead'],
    ['health=well', 'one of starting, healthy, unhealthy, none'],
    ['exited=x', 'an exit code'],
    ['name=[', 'a regular expression'],
  ])('ps --filter %s is refused', async (filter, expected) => {
    const { code, stderr } = await cli.run(['ps', '--filter', filter]);
    expect([code, stderr]).toEqual([125, expect.stringContaining(expected)]);
  });

  test('exec says which file of --env-file it cannot read', async () => {
    const { code, stderr } = await cli.run(['exec', '--env-file', 'none', 'ghost', 'true']);
    expect([code, stderr]).toEqual([125, expect.stringContaining(`--env-file: cannot read ${cwd}/none`)]);
  });

  test('a name is unique, and free again afterwards', async () => {
    const name = fresh();
    await cli.ok(['create', '--name', name, 'busybox']);
    const taken = await cli.run(['create', '--name', name, 'busybox']);
    expect(taken.stderr).toContain(`the name "${name}" is in use`);
    await cli.ok(['rename', name, `${name}x`]);
    await cli.ok(['create', '--name', name, 'busybox']);
  });

  test('many made at once under one name: one wins', async () => {
    const name = fresh();
    const results = await Promise.all(Array.from({ length: 6 }, () => cli.run(['create', '--name', name, 'busybox'])));
    expect(results.filter((r) => r.code === 0)).toHaveLength(1);
  });

  test('logs: streams apart, the last lines, times', async () => {
    const name = await detached('for i in 1 2 3 4 5; do echo line $i; done; echo wrong >&2; printf end');
    await cli.ok(['wait', name]);
    expect(await cli.run(['logs', name])).toMatchObject({
      stdout: 'line 1\nline 2\nline 3\nline 4\nline 5\nend',
      stderr: 'wrong\n',
    });
    expect((await cli.run(['logs', '--tail', '2', name])).stdout).toBe('end');
    expect((await cli.run(['logs', '-t', '--tail', '3', name])).stdout).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z line 5\n/);
    expect((await cli.run(['logs', '--since', '1h', '--until', '2020-01-01', name])).stdout).toBe('');
  });

  test('logs -f goes on until it ends', async () => {
    const name = await detached('echo a; sleep 0.3; echo b');
    expect((await cli.run(['logs', '-f', name])).stdout).toBe('a\nb\n');
  });

  test('exec: in it, as somebody else, with its own exit code', async () => {
    const name = await detached(WAITS, '-e', 'A=1', '-h', 'inner');
    expect(
      (await cli.run(['exec', '-e', 'B=2', '-w', '/tmp', name, 'sh', '-c', 'echo $A$B $(hostname) $(pwd); exit 6']))
        .stdout,
    ).toBe('12 inner /tmp\n');
    expect(await cli.run(['exec', '-u', 'nobody', name, 'sh', '-c', 'id -u; echo $HOME; exit 6'])).toMatchObject({
      code: 6,
      stdout: '65534\n/\n',
    });
    expect((await cli.run(['exec', '-i', name, 'cat'], 'typed')).stdout).toBe('typed');
    expect((await cli.run(['exec', name, 'nosuch'])).code).toBe(127);
    expect((await cli.run(['exec', name, 'grep', 'Seccomp:', '/proc/self/status'])).stdout).toBe('Seccomp:\t2\n');
    await cli.ok(['kill', name]);
    expect((await cli.run(['exec', name, 'true'])).stderr).toContain('is not running');
  });

  test('exec -d does not wait, but says when the program is not there', async () => {
    const name = await detached(WAITS);
    await cli.ok(['exec', '-d', name, 'sh', '-c', 'sleep 0.1; echo done > /mark']);
    expect((await cli.run(['exec', '-d', name, 'nosuch'])).code).toBe(127);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect((await cli.run(['exec', name, 'cat', '/mark'])).stdout).toBe('done\n');
    await cli.ok(['rm', '-f', name]);
  });

  test('pause and unpause', async () => {
    const name = await detached(WAITS);
    await cli.ok(['pause', name]);
    expect(await format(name, '{{.State.Status}}')).toBe('paused');
    expect(await cli.ok(['ps'])).toContain('(Paused)');
    expect((await cli.run(['pause', name])).stderr).toContain('paused already');
    await cli.ok(['unpause', name]);
    expect(await format(name, '{{.State.Status}}')).toBe('running');
    await cli.ok(['pause', name]);
    await cli.ok(['rm', '-f', name]);
  });

  test('top and stats show its processes', async () => {
    const name = await detached(WAITS);
    expect(await cli.ok(['top', name])).toMatch(/UID\s+PID\s+PPID[\s\S]*trap/);
    expect(await cli.ok(['stats', '--no-stream', '--format', '{{.Name}} {{.PIDs}}', name])).toMatch(
      new RegExp(`^${name} [12]\\n`),
    );
    await cli.ok(['rm', '-f', name]);
  });

  test('kill sends any signal', async () => {
    const name = await detached('trap "echo hup" HUP; trap "exit 9" USR1; echo up; while :; do sleep 0.05; done');
    const said = async (word: string) => (await cli.ok(['logs', name])).includes(word);
    await until(() => said('up'));
    await cli.ok(['kill', '-s', 'HUP', name]);
    await until(() => said('hup'));
    await cli.ok(['kill', '--signal=USR1', name]);
    expect(await cli.ok(['wait', name])).toBe('9\n');
    expect((await cli.run(['logs', name])).stdout).toBe('up\nhup\n');
    expect((await cli.run(['kill', '-s', 'HUPP', name])).code).toBe(125);
  });

  test('the monitor killed: the container is found lost, and removed with its cgroup', async () => {
    const name = await detached(WAITS);
    const engine = await cli.engine;
    const container = await (await engine.containers()).get(name);
    const { keeper, process: init } = await container.state();
    process.kill(keeper!.pid, 'SIGKILL');
    process.kill(init!.pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await format(name, '{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 255');
    await cli.ok(['rm', name]);
    expect(
      spawnSync('find', ['/sys/fs/cgroup', '-maxdepth', '3', '-name', `*${container.id}`], { encoding: 'utf8' }).stdout,
    ).toBe('');
  });

  test('after a restart of the machine: it has exited, and starts again with its files', async () => {
    const name = await detached(`echo kept >> /kept; ${WAITS}`);
    const container = await (await (await cli.engine).containers()).get(name);
    const { keeper, process: init } = await container.state();
    process.kill(keeper!.pid, 'SIGKILL');
    process.kill(init!.pid, 'SIGKILL');
    await rm(join(cli.folder, 'run'), { recursive: true });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await cli.ok(['ps', '-a', '--filter', `name=${name}`, '--format', '{{.Status}}'])).toMatch(
      /^Exited \(255\)/,
    );
    expect((await cli.run(['logs', name])).code).toBe(0);
    await cli.ok(['start', name]);
    expect(await cli.ok(['exec', name, 'wc', '-l', '/kept'])).toBe('2 /kept\n');
    await cli.ok(['rm', '-f', name]);
  });

  test('a container that outlives its start mounts nothing volatile: a crash costs it nothing', async () => {
    const name = await detached(WAITS);
    expect(await cli.ok(['exec', name, 'grep', ' / ', '/proc/self/mountinfo'])).not.toContain('volatile');
    await cli.ok(['rm', '-f', name]);
  });

  test('one of --rm whose end nobody saw is not started on what may be half written', async () => {
    const name = await detached(WAITS, '--rm');
    const container = await (await (await cli.engine).containers()).get(name);
    const { keeper, process: init } = await container.state();
    process.kill(keeper!.pid, 'SIGKILL');
    process.kill(init!.pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { code, stderr } = await cli.run(['start', name]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('--rm has it removed')]);
    expect(await cli.ok(['ps', '-aq', '--filter', `name=${name}`])).toBe('');
  });

  test('-d --rm is gone after it ended', async () => {
    const name = await detached('exit 0', '--rm');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await cli.ok(['ps', '-aq', '--filter', `name=${name}`])).toBe('');
  });
});

describe('attached', () => {
  test('run without --rm keeps the container and its log; not a byte is lost', async () => {
    const name = fresh();
    const { code, stdout } = await cli.run(['run', '--name', name, 'busybox', 'sh', '-c', 'seq 1 20000; exit 5']);
    expect(code).toBe(5);
    expect(stdout.length).toBe(108_894);
    expect((await cli.run(['logs', '--tail', '1', name])).stdout).toBe('20000\n');
    expect(await format(name, '{{.State.ExitCode}}')).toBe('5');
  });

  test('run -i hands stdin over, start -ai again', async () => {
    const name = fresh();
    expect((await cli.run(['run', '-i', '--name', name, 'busybox', 'cat'], 'first')).stdout).toBe('first');
    expect((await cli.run(['start', '-ai', name], 'second')).stdout).toBe('second');
  });

  test('attach sees what comes', async () => {
    const name = await detached('read line; echo got $line; exit 8', '-i');
    expect(await cli.run(['attach', name], 'word\n')).toMatchObject({ code: 8, stdout: 'got word\n' });
  });

  test('a terminal: it is one, has a size, and ends lines as terminals do', async () => {
    cli.terminal = { stdin: true, stdout: true, stderr: true };
    const { stdout } = await cli.run([
      'run',
      '-t',
      '--rm',
      'busybox',
      'sh',
      '-c',
      'test -t 1 && echo terminal; echo $TERM',
    ]);
    cli.terminal = { stdin: false, stdout: false, stderr: false };
    expect(stdout).toBe('terminal\r\nxterm\r\n');
    expect((await cli.run(['run', '-it', '--rm', 'busybox', 'true'])).stderr).toContain('not a terminal');
  });
});

describe('files of a container', () => {
  test('diff shows added, changed and deleted, not what we made to mount on', async () => {
    const name = fresh();
    await cli.run(['run', '--name', name, 'busybox', 'sh', '-c', 'echo x > /new; echo y >> /etc/passwd; rm /bin/yes']);
    expect(await cli.ok(['diff', name])).toBe('C /bin\nD /bin/yes\nC /etc\nC /etc/passwd\nA /new\n');
  });

  test('cp out and in, files, folders and contents, also of a stopped container', async () => {
    const name = fresh();
    await cli.run([
      'run',
      '--name',
      name,
      'busybox',
      'sh',
      '-c',
      'mkdir -p /d/e; echo f > /d/e/f; ln -s e /d/l; chown -R 7:7 /d',
    ]);
    await cli.ok(['cp', `${name}:/d/e/f`, 'copy']);
    expect(await readFile(join(cwd, 'copy'), 'utf8')).toBe('f\n');
    await cli.ok(['cp', `${name}:/d`, 'tree']);
    expect(await readFile(join(cwd, 'tree/l/f'), 'utf8')).toBe('f\n');
    await writeFile(join(cwd, 'in'), 'inside');
    await cli.ok(['cp', 'in', `${name}:/etc/in`]);
    await cli.ok(['cp', 'tree/.', `${name}:/tmp`]);
    await cli.ok(['commit', name, `${name}:1`]);
    expect(
      (await cli.run(['run', '--rm', `${name}:1`, 'sh', '-c', 'cat /etc/in /tmp/e/f; stat -c %u /tmp/e/f'])).stdout,
    ).toBe('insidef\n0\n');
    expect((await cli.run(['cp', `${name}:/none`, '.'])).stderr).toContain('there is no');
    expect((await cli.run(['cp', 'a', 'b'])).stderr).toContain('neither');
  });

  test('cp to and from a running container, as tar', async () => {
    const name = await detached(WAITS);
    const tar = spawnSync('tar', ['-c', '-C', '/etc', 'hostname']).stdout;
    await cli.ok(['cp', '-', `${name}:/root`], tar);
    expect((await cli.run(['exec', name, 'ls', '/root'])).stdout).toBe('hostname\n');
    const out = await cli.run(['cp', `${name}:/root/hostname`, '-']);
    expect(spawnSync('tar', ['-t'], { input: out.bytes, encoding: 'utf8' }).stdout).toBe('hostname\n');
    await cli.ok(['rm', '-f', name]);
  });

  test('a link in a running container does not lead cp out of it', async () => {
    const name = await detached(`ln -s /../../../../../.. /up; ln -s ${cli.folder} /abs; ${WAITS}`);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await writeFile(join(cwd, 'evil'), 'evil');
    expect((await cli.run(['cp', 'evil', `${name}:/abs/evil`])).code).toBe(1);
    await cli.ok(['cp', 'evil', `${name}:/up/evil`]);
    expect((await cli.run(['exec', name, 'cat', '/evil'])).stdout).toBe('evil');
    expect((await cli.run(['cp', `${name}:/abs/cwd/evil`, 'back'])).code).toBe(1);
    await cli.ok(['rm', '-f', name]);
  });

  test('export is the whole root', async () => {
    const name = fresh();
    await cli.run(['run', '--name', name, 'busybox', 'touch', '/mark']);
    const { bytes } = await cli.run(['export', name]);
    const names = spawnSync('tar', ['-t'], { input: bytes, encoding: 'utf8' }).stdout.split('\n');
    expect(names).toEqual(expect.arrayContaining(['mark', 'bin/busybox', 'etc/passwd']));
  });

  test('commit with changes of the config', async () => {
    const name = fresh();
    await cli.run(['run', '--name', name, '-e', 'KEPT=1', 'busybox', 'sh', '-c', 'echo app > /app']);
    const id = await cli.ok(['commit', '-m', 'why', '-c', 'CMD ["cat","/app"]', '-c', 'ENV X=y', name, 'made:1']);
    expect(id).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    expect((await cli.run(['run', '--rm', 'made:1'])).stdout).toBe('app\n');
    expect(await format('made:1', '{{json .Config.Env}}')).toContain('KEPT=1');
  });
});

test('stdin that never ends does not hold a container that has ended', async () => {
  const endless = new Readable({ read() {} });
  expect((await cli.run(['run', '--rm', '-i', 'busybox', 'true'], endless)).code).toBe(0);
  expect((await cli.run(['run', '-i', 'busybox', 'true'], endless)).code).toBe(0);
});

describe('what docker does', () => {
  test('a program of exec does not get a working folder made', async () => {
    const name = await detached(WAITS);
    const { code, stderr } = await cli.run(['exec', '-w', '/nope', name, 'true']);
    expect([code, stderr]).toEqual([127, expect.stringContaining('working folder "/nope": no such file')]);
    expect(await cli.ok(['diff', name])).toBe('');
    await cli.ok(['rm', '-f', name]);
  });

  test('sizes are those of its own layer and of everything', async () => {
    const name = fresh();
    await cli.ok(['run', '--name', name, 'busybox', 'dd', 'if=/dev/zero', 'of=/big', 'bs=100k', 'count=3']);
    const [own, all] = (await cli.ok(['inspect', '-s', '-f', '{{.SizeRw}} {{.SizeRootFs}}', name]))
      .split(' ')
      .map(Number);
    expect(own).toBeGreaterThanOrEqual(300_000);
    expect(all! - own!).toBeGreaterThan(500_000);
    expect(await cli.ok(['ps', '-as', '--filter', `name=${name}`])).toMatch(/kB \(virtual .*MB\)/);
    await cli.ok(['rm', name]);
  });

  test('the processes and queues of this machine, also where no message queues are mounted', async () => {
    const { code, stderr } = await cli.run(['run', '--rm', '--pid', 'host', '--ipc', 'host', 'busybox', 'true']);
    expect([code, stderr]).toEqual([0, '']);
  });

  test('no kernel parameter of this machine is changed, nor one of another container', async () => {
    const refused = async (...flags: string[]) => {
      const { code, stderr } = await cli.run(['run', '--rm', ...flags, 'busybox', 'true']);
      expect([code, stderr]).toEqual([125, expect.stringContaining('it would change the host')]);
    };
    await refused('--sysctl', 'net.ipv4.ip_unprivileged_port_start=1024');
    await refused('--sysctl', 'kernel.panic=0', '--network', 'none', '--privileged');
    await refused('--sysctl', 'kernel.msgmax=8192', '--ipc', 'host');
    const own = [
      '--network',
      'none',
      '--sysctl',
      'net.ipv4.ip_unprivileged_port_start=77',
      '--sysctl',
      'kernel.msgmax=8000',
    ];
    const files = ['/proc/sys/net/ipv4/ip_unprivileged_port_start', '/proc/sys/kernel/msgmax'];
    expect(await cli.ok(['run', '--rm', ...own, 'busybox', 'cat', ...files])).toBe('77\n8000\n');
  });

  test('nothing is mounted inside /proc, names have no line ends, name servers are addresses', async () => {
    const run = (...flags: string[]) => cli.run(['run', '--rm', ...flags, 'busybox', 'true']);
    expect(await run('-v', '/tmp:/proc/sys')).toMatchObject({ code: 125 });
    expect((await run('-v', '/tmp:/proc/self/attr')).stderr).toContain('nothing may be mounted inside /proc');
    expect((await run('--hostname', 'a\n1.2.3.4 b')).stderr).toContain('--hostname: expected a name without spaces');
    expect((await run('--dns', 'nope')).stderr).toContain('--dns: expected the address of a name server');
  });

  test('a processor that is not there, a wrong word in --mount', async () => {
    const run = (...flags: string[]) => cli.run(['run', '--rm', ...flags, 'busybox', 'true']);
    expect((await run('--cpuset-cpus', '0,9999')).stderr).toContain('there is no processor 9999 on this machine');
    expect((await run('--mount', 'type=bind,src=.,dst=/x,ro=maybe')).stderr).toContain(
      'expected ro to be true or false',
    );
  });

  test('a volume that --mount makes has the labels that it names', async () => {
    const mount = 'type=volume,src=labelled,dst=/x,volume-label=a=b,volume-label=c=d=e';
    await cli.ok(['run', '--rm', '--mount', mount, 'busybox', 'true']);
    const labels = await cli.ok(['volume', 'inspect', '-f', '{{json .Labels}}', 'labelled']);
    expect(JSON.parse(labels)).toEqual({ a: 'b', c: 'd=e' });
    await cli.ok(['volume', 'rm', 'labelled']);
  });
});
