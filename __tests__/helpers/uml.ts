import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '../..');
const MODULES = '/usr/lib/uml/modules';

/** Why no User-Mode Linux machine can be started here, or undefined. */
export function umlMissing(): string | undefined {
  return existsSync('/usr/bin/linux.uml')
    ? undefined
    : 'User-Mode Linux is not installed (apt-get install user-mode-linux)';
}

/**
 * Boots a User-Mode Linux machine whose only cgroup hierarchy is version 2 (controllers cpu, io, memory, pids; kernel
 * 6.1, no BPF device programs), runs one driver there and gives the JSON lines that it wrote to the file named by its
 * last argument. Node takes seconds to start there: one driver does all the work of a test file.
 */
export async function runInUml(driver: string, ...args: string[]): Promise<Record<string, unknown>[]> {
  // Not on /dev/shm: the machine has its own /dev.
  const work = mkdtempSync('/tmp/containerize-uml-');
  const results = join(work, 'results');
  const log = join(work, 'log');
  writeFileSync(results, '');
  mkdirSync(join(work, 'scratch'));
  const overlay = readdirSync(MODULES, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('/overlay.ko'),
  );
  const node = join(PROJECT, 'node_modules/.bin/node');
  const init = join(work, 'init');
  writeFileSync(
    init,
    `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs ${work}/scratch
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t cgroup2 none /sys/fs/cgroup
for controller in cpu io memory pids; do echo +$controller > /sys/fs/cgroup/cgroup.subtree_control; done
/bin/busybox insmod ${join(MODULES, overlay ?? '')}
ip link set lo up 2>/dev/null
cd ${PROJECT}
CONTAINERIZE_TEST_TMP=${work}/scratch ${existsSync(node) ? node : process.execPath} --no-warnings ${[driver, ...args, results].map((a) => `'${a}'`).join(' ')} > ${log} 2>&1
echo "exit $?" >> ${log}
sync
/bin/busybox poweroff -f
`,
    { mode: 0o755 },
  );
  try {
    const machine = spawn(
      '/usr/bin/linux.uml',
      [
        'mem=1G',
        'rootfstype=hostfs',
        'rootflags=/',
        'rw',
        `init=${init}`,
        `uml_dir=${work}`,
        'con=null',
        'con0=fd:0,fd:1',
        'quiet',
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], cwd: work, detached: true },
    );
    let output = '';
    for (const stream of [machine.stdout, machine.stderr])
      stream.on('data', (chunk) => (output = (output + chunk).slice(-4000)));
    const timer = setTimeout(() => process.kill(-machine.pid!, 'SIGKILL'), 240_000);
    await new Promise((done) => machine.once('close', done));
    clearTimeout(timer);
    const told = existsSync(log) ? readFileSync(log, 'utf8') : '';
    if (!/^exit 0$/m.test(told))
      throw new Error(
        `the driver in the User-Mode Linux machine failed:\n${told.slice(-4000)}\n${output.slice(-1000)}`,
      );
    return readFileSync(results, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
