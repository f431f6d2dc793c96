import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PROJECT = resolve(import.meta.dirname, '../..');
const KERNEL = join(PROJECT, 'build/kernel');
const VIRTIOFSD = '/usr/lib/qemu/virtiofsd';
/** In the order in which they must be loaded. */
const MODULES = [
  'virtio_ring',
  'virtio',
  'virtio_pci_modern_dev',
  'virtio_pci_legacy_dev',
  'virtio_pci',
  'fuse',
  'virtiofs',
  'overlay',
  'veth',
  'tun',
];

/** Why no QEMU machine can be started here, or undefined. */
export function qemuMissing(): string | undefined {
  if (!existsSync('/usr/bin/qemu-system-x86_64')) return 'QEMU is not installed (apt-get install qemu-system-x86)';
  if (!existsSync(VIRTIOFSD)) return 'virtiofsd is not installed (apt-get install qemu-system-common)';
  return existsSync(join(KERNEL, 'boot')) ? undefined : 'the test kernel is not there (scripts/test-kernel)';
}

/**
 * Boots Debian's cloud kernel in QEMU (emulated, no KVM needed) with this machine's root file system, every cgroup v2
 * controller and BPF, runs one driver there and gives the JSON lines that it wrote to the file named by its last argument.
 */
export async function runInQemu(driver: string, ...args: string[]): Promise<Record<string, unknown>[]> {
  for (let tries = 1; ; tries++) {
    try {
      return await boot(driver, args);
    } catch (error) {
      // V8 checks its own compiled code, and an emulated processor lets that fail now and then: not what is tested here.
      if (tries === 3 || !String(error).includes('Fatal error in')) throw error;
    }
  }
}

async function boot(driver: string, args: readonly string[]): Promise<Record<string, unknown>[]> {
  const work = mkdtempSync('/tmp/containerize-qemu-');
  const results = join(work, 'results');
  const log = join(work, 'log');
  try {
    writeFileSync(results, '');
    mkdirSync(join(work, 'scratch'));
    const initramfs = makeInitramfs(work, driverScript(work, log, [driver, ...args, results]));
    const socket = join(work, 'vfs.sock');
    const files = spawn(
      VIRTIOFSD,
      [`--socket-path=${socket}`, '-o', 'source=/', '-o', 'cache=auto', '-o', 'sandbox=chroot', '-o', 'no_posix_lock'],
      { stdio: 'ignore' },
    );
    for (let i = 0; i < 100 && !existsSync(socket); i++) await sleep(50);
    const kernel = readdirSync(join(KERNEL, 'boot')).find((name) => name.startsWith('vmlinuz-'))!;
    const machine = spawn(
      '/usr/bin/qemu-system-x86_64',
      [
        '-accel',
        // One thread, and no memory protection keys: V8's threads and its code pages meet faults of the emulation else.
        'tcg,thread=single',
        '-machine',
        'q35',
        '-cpu',
        'max,pku=off',
        '-smp',
        '2',
        '-m',
        '2G',
        '-nographic',
        '-no-reboot',
        '-nic',
        'none',
        '-object',
        'memory-backend-memfd,id=m,size=2G,share=on',
        '-numa',
        'node,memdev=m',
        '-chardev',
        `socket,id=c,path=${socket}`,
        '-device',
        'vhost-user-fs-pci,chardev=c,tag=hostroot',
        '-kernel',
        join(KERNEL, 'boot', kernel),
        '-initrd',
        initramfs,
        '-append',
        'console=ttyS0 quiet panic=-1',
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], cwd: work },
    );
    let output = '';
    for (const stream of [machine.stdout, machine.stderr])
      stream.on('data', (chunk) => (output = (output + chunk).slice(-4000)));
    const timer = setTimeout(() => machine.kill('SIGKILL'), 280_000);
    await new Promise((done) => machine.once('close', done));
    clearTimeout(timer);
    files.kill('SIGKILL');
    const told = existsSync(log) ? readFileSync(log, 'utf8') : '';
    if (!/^exit 0$/m.test(told))
      throw new Error(`the driver in the QEMU machine failed:\n${told.slice(-4000)}\n${output.slice(-2000)}`);
    return readFileSync(results, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What runs once the machine has this machine's root file system. */
function driverScript(work: string, log: string, command: readonly string[]): string {
  const node = join(PROJECT, 'node_modules/.bin/node');
  const path = join(work, 'driver');
  writeFileSync(
    path,
    `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs ${work}/scratch
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t cgroup2 none /sys/fs/cgroup
for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do echo +$controller > /sys/fs/cgroup/cgroup.subtree_control; done
cd ${PROJECT}
CONTAINERIZE_TEST_TMP=${work}/scratch ${existsSync(node) ? node : process.execPath} --no-warnings ${command.map((a) => `'${a}'`).join(' ')} > ${log} 2>&1
echo "exit $?" >> ${log}
sync
`,
    { mode: 0o755 },
  );
  return path;
}

/** busybox, the modules, and an init that moves into this machine's root file system. */
function makeInitramfs(work: string, driver: string): string {
  const root = join(work, 'initramfs');
  for (const folder of ['bin', 'modules', 'proc', 'sys', 'dev', 'host'])
    mkdirSync(join(root, folder), { recursive: true });
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  const all = readdirSync(join(KERNEL, 'lib/modules'), { recursive: true, encoding: 'utf8' });
  const modules = MODULES.flatMap((name) => all.filter((path) => basename(path) === `${name}.ko`));
  for (const path of modules) copyFileSync(join(KERNEL, 'lib/modules', path), join(root, 'modules', basename(path)));
  writeFileSync(
    join(root, 'init'),
    `#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
${modules.map((path) => `/bin/busybox insmod /modules/${basename(path)}`).join('\n')}
/bin/busybox mount -t virtiofs hostroot /host
/bin/busybox mount -t proc proc /host/proc
/bin/busybox mount -t sysfs sysfs /host/sys
/bin/busybox mount -t devtmpfs dev /host/dev
# A root of its own, as a real machine has, so that pivot_root works below it.
cd /host && /bin/busybox mount --move . / && /bin/busybox chroot . ${driver}
/bin/busybox poweroff -f
`,
    { mode: 0o755 },
  );
  const archive = join(work, 'initramfs.cpio');
  execFileSync('sh', [
    '-c',
    `cd "$1" && find . | /bin/busybox cpio -o -H newc > "$2" 2>/dev/null`,
    'sh',
    root,
    archive,
  ]);
  return archive;
}
