/**
 * `node scripts/leaks.ts -- COMMAND…` runs COMMAND and fails when it leaves anything behind on this machine: mounts,
 * namespaces, cgroups, processes, loop devices, temporary folders. The comparison is before against after. A COMMAND
 * that takes longer than half an hour is killed with all that it started, and what was still running is named: a test
 * that loops without end must fail, and not use up the time of everything after it.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const MARK = 'CONTAINERIZE_LEAK_MARK';
const LONGEST_MS = 30 * 60_000;
const CGROUP_ROOT = '/sys/fs/cgroup';
/** Folders whose entries tests must take away again; in /tmp, which everybody uses, only ours are looked at. */
const WATCHED_FOLDERS = ['/dev/shm', '/run/netns', '/run/containerize', '/var/lib/containerize', '/tmp'];
const watched = (path: string): boolean => !path.startsWith('/tmp/') || path.startsWith('/tmp/containerize');

interface Inventory {
  mounts: Set<string>;
  namespaces: Set<string>;
  cgroups: Set<string>;
  loops: Set<string>;
  files: Set<string>;
}

function inventory(): Inventory {
  return {
    mounts: new Set(lines('/proc/self/mountinfo').map((l) => l.split(' ').slice(3, 5).join(' on '))),
    namespaces: namespaces(),
    cgroups: new Set(folders(CGROUP_ROOT)),
    loops: new Set(
      names('/sys/block').filter((n) => n.startsWith('loop') && existsSync(`/sys/block/${n}/loop/backing_file`)),
    ),
    files: new Set(WATCHED_FOLDERS.flatMap((f) => names(f).map((n) => join(f, n))).filter(watched)),
  };
}

/** Every namespace that some process is in, with the process: `net:[4026532] of 123 sleep`. */
function namespaces(): Set<string> {
  const found = new Set<string>();
  for (const pid of pids()) {
    for (const kind of ['mnt', 'net', 'pid', 'ipc', 'uts', 'cgroup', 'user']) {
      try {
        found.add(readlinkSync(`/proc/${pid}/ns/${kind}`));
      } catch {
        // the process is gone, or a kernel thread
      }
    }
  }
  return found;
}

/** Processes that were started by the command and are still there: they carry its mark in their first environment. */
function marked(mark: string): string[] {
  return pids().flatMap((pid) => {
    try {
      if (pid === process.pid || !readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${MARK}=${mark}`)) return [];
      return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 160)}`];
    } catch {
      return [];
    }
  });
}

/** Kills everything that carries the mark, saying what it was and how long it computed. */
function stopAll(mark: string): void {
  const running = marked(mark);
  console.error(`\nnot finished after ${LONGEST_MS / 60_000} minutes; killed, with the seconds of CPU time each used:`);
  for (const line of running) {
    const pid = Number.parseInt(line, 10);
    console.error(`  ${cpuSeconds(pid)} s  ${line}`);
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it ended by itself
    }
  }
}

/** User and system time of a process (proc(5), fields 14 and 15 of stat, in hundredths of a second). */
function cpuSeconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

function pids(): number[] {
  return names('/proc').flatMap((n) => (/^\d+$/.test(n) ? [Number(n)] : []));
}

function folders(root: string): string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of entriesOf(folder)) {
      if (!entry.isDirectory()) continue;
      const path = join(folder, entry.name);
      found.push(path);
      walk(path);
    }
  };
  walk(root);
  return found;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function names(folder: string): string[] {
  return entriesOf(folder).map((e) => e.name);
}

function lines(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}

function fresh(before: Inventory, after: Inventory): string[] {
  return (Object.keys(before) as (keyof Inventory)[]).flatMap((kind) =>
    [...after[kind]].filter((x) => !before[kind].has(x)).map((x) => `${kind}: ${x}`),
  );
}

async function main(): Promise<number> {
  const command = process.argv.slice(process.argv.indexOf('--') + 1);
  const mark = randomUUID();
  // Short, since podman refuses long paths, and open to the users that tests make.
  const scratch = mkdtempSync('/dev/shm/cz-');
  chmodSync(scratch, 0o755);
  const before = inventory();
  const child = spawn(command[0]!, command.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, [MARK]: mark, CONTAINERIZE_TEST_TMP: scratch },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const watchdog = setTimeout(() => stopAll(mark), LONGEST_MS);
  const code = await new Promise<number>((resolve) =>
    child.on('close', (c, s) => resolve(c ?? (s === null ? 1 : 130))),
  );
  clearTimeout(watchdog);
  // The kernel takes a namespace away a moment after its last process: look several times before calling it a leak.
  let left: string[] = [];
  for (let i = 0; i < 20; i++) {
    left = [...fresh(before, inventory()), ...marked(mark).map((p) => `process: ${p}`)];
    left.push(...names(scratch).map((n) => `temporary: ${n}`));
    if (left.length === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  rmSync(scratch, { recursive: true, force: true });
  if (left.length > 0) {
    console.error(`\nleft behind on this machine (${left.length}):\n  ${left.slice(0, 60).join('\n  ')}`);
    return code || 1;
  }
  console.error('\nnothing left behind: no mount, namespace, cgroup, process, loop device or temporary file');
  return code;
}

process.exitCode = await main();
