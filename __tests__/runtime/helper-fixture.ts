import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Helper, type HelperProcess, type HelperRecord, type HelperReport } from '../../src/runtime/helper.ts';

const architecture = process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64';

/** The built helper (`make -C native`), or the one that CONTAINERIZE_HELPER names. */
export const helperBinary =
  process.env.CONTAINERIZE_HELPER ??
  fileURLToPath(new URL(`../../dist/helper/${architecture}/containerize-helper`, import.meta.url));

export function makeHelper(): Helper {
  if (!existsSync(helperBinary)) throw new Error(`${helperBinary} is not there: run \`make -C native\``);
  return new Helper(helperBinary);
}

export const MS = {
  RDONLY: 1,
  NOSUID: 2,
  NODEV: 4,
  NOEXEC: 8,
  REMOUNT: 0x20,
  BIND: 0x1000,
  REC: 0x4000,
  PRIVATE: 0x40000,
  SLAVE: 0x80000,
  SHARED: 0x100000,
  STRICTATIME: 0x1000000,
};

/** All namespaces but user and time. */
export const namespaces: HelperRecord[] = ['pid', 'mount', 'network', 'ipc', 'uts', 'cgroup'].map((kind) => [
  'ns',
  kind,
]);

export const proc: HelperRecord = ['mount', 'proc', 'proc', '/proc', MS.NOSUID | MS.NODEV | MS.NOEXEC, 0, 0, 0, ''];

export const dev: HelperRecord[] = [
  ['mount', 'tmpfs', 'tmpfs', '/dev', MS.NOSUID | MS.STRICTATIME, 0, 0, 0, 'mode=755,size=65536k'],
  [
    'mount',
    'devpts',
    'devpts',
    '/dev/pts',
    MS.NOSUID | MS.NOEXEC,
    0,
    0,
    0,
    'newinstance,ptmxmode=0666,mode=0620,gid=5',
    'create-dir',
  ],
  [
    'mount',
    'tmpfs',
    'shm',
    '/dev/shm',
    MS.NOSUID | MS.NODEV | MS.NOEXEC,
    0,
    0,
    0,
    'mode=1777,size=65536k',
    'create-dir',
  ],
  ['mount', 'mqueue', 'mqueue', '/dev/mqueue', MS.NOSUID | MS.NODEV | MS.NOEXEC, 0, 0, 0, '', 'create-dir'],
  ['device', '/dev/null', 'c', 1, 3, 0o666, 0, 0],
  ['device', '/dev/zero', 'c', 1, 5, 0o666, 0, 0],
  ['device', '/dev/full', 'c', 1, 7, 0o666, 0, 0],
  ['device', '/dev/random', 'c', 1, 8, 0o666, 0, 0],
  ['device', '/dev/urandom', 'c', 1, 9, 0o666, 0, 0],
  ['device', '/dev/tty', 'c', 5, 0, 0o666, 0, 0],
  ['symlink', '/proc/self/fd', '/dev/fd'],
  ['symlink', '/proc/self/fd/0', '/dev/stdin'],
  ['symlink', '/proc/self/fd/1', '/dev/stdout'],
  ['symlink', '/proc/self/fd/2', '/dev/stderr'],
  ['symlink', 'pts/ptmx', '/dev/ptmx'],
];

export const path: HelperRecord = ['env', 'PATH=/bin'];

/** What a test wants to know of one run. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
  reports: HelperReport[];
  error: ReturnType<HelperProcess['failure']>;
}

/** Runs the helper to its end with piped streams. */
export async function runHelper(
  helper: Helper,
  mode: string,
  records: Iterable<HelperRecord>,
  options: { input?: string; signal?: AbortSignal } = {},
): Promise<Outcome> {
  const reports: HelperReport[] = [];
  const child = helper.spawn(mode, records, {
    stdio: { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' },
    onReport: (report) => reports.push(report),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.input ?? '');
  const [stdout, stderr, exit] = await Promise.all([text(child.stdout), text(child.stderr), child.exited]);
  return { code: exit.code, stdout, stderr, reports, error: child.failure() };
}

export async function text(stream: AsyncIterable<Buffer> | undefined): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream ?? []) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

/** Field 22 of /proc/PID/stat, which tells a process from a later one of the same number. */
export function startTime(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** True while the process exists and is no zombie. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}
