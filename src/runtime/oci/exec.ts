import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from '../../files.ts';
import { detectCgroups } from '../cgroup/host.ts';
import { cgroupFolders, cgroupPathsOf } from '../cgroup/paths.ts';
import { RuntimeError } from '../error.ts';
import type { HelperRecord, HelperStdio } from '../helper.ts';
import { processRecords } from '../records-process.ts';
import type { Process, User } from '../spec.ts';
import { parseProcess } from '../spec-parse.ts';
import { StartedProcess } from '../started.ts';
import type { OciContext } from './context.ts';

export interface ExecOptions {
  id: string;
  process: Process;
  pidFile?: string | undefined;
  consoleSocket?: string | undefined;
  detach: boolean;
  preserveFds?: number;
  /** Go on although the container is paused: the process starts frozen. */
  ignorePaused?: boolean;
}

/** Changes of `exec`'s flags to the container's own process. */
export interface ExecChanges {
  args: readonly string[];
  env?: readonly string[];
  cwd?: string | undefined;
  user?: string | undefined;
  additionalGids?: readonly number[];
  terminal?: boolean | undefined;
  capabilities?: readonly string[];
  noNewPrivileges?: boolean | undefined;
  apparmor?: string | undefined;
  selinuxLabel?: string | undefined;
}

/** The process of `exec`: a file of its own, or the container's with other arguments. */
export async function execProcess(
  context: OciContext,
  id: string,
  file: string | undefined,
  changes: ExecChanges,
): Promise<Process> {
  if (file !== undefined) return parseProcess(await readFile(file, 'utf8'), file);
  const { process: base } = await context.store.read(id);
  if (changes.args.length === 0) throw new RuntimeError('spec-invalid', 'the program to run is missing');
  const added = changes.capabilities ?? [];
  const sets = base.capabilities ?? {};
  const more = (names: readonly string[] | undefined): string[] => [...new Set([...(names ?? []), ...added])];
  return {
    ...base,
    args: [...changes.args],
    env: [...(base.env ?? []), ...(changes.env ?? [])],
    cwd: changes.cwd ?? base.cwd,
    terminal: changes.terminal ?? false,
    user: {
      ...parseUser(changes.user, base.user),
      ...(changes.additionalGids?.length && { additionalGids: [...changes.additionalGids] }),
    },
    ...(added.length > 0 && {
      capabilities: {
        ...sets,
        bounding: more(sets.bounding),
        effective: more(sets.effective),
        permitted: more(sets.permitted),
      },
    }),
    ...(changes.noNewPrivileges !== undefined && { noNewPrivileges: changes.noNewPrivileges }),
    ...(changes.apparmor !== undefined && { apparmorProfile: changes.apparmor }),
    ...(changes.selinuxLabel !== undefined && { selinuxLabel: changes.selinuxLabel }),
  };
}

/** `UID[:GID]`, digits and nothing else: a lenient reading of this runs the process as somebody else. */
export function parseUser(text: string | undefined, base: User | undefined): User {
  if (text === undefined) return base ?? { uid: 0, gid: 0 };
  const match = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(text);
  const [uid, gid] = [Number(match?.[1]), Number(match?.[2] ?? base?.gid ?? 0)];
  if (!match || uid > 0xffffffff || gid > 0xffffffff) {
    throw new RuntimeError('spec-invalid', `--user: expected UID or UID:GID in digits, got "${text}"`);
  }
  return { uid, gid };
}

/** Starts it. Resolves with its exit status, or with 0 at once when detached. */
export async function exec(
  context: OciContext,
  options: ExecOptions,
  signals: (forward: (signal: number) => void) => () => void,
): Promise<number> {
  const stored = await context.store.read(options.id);
  const status = await context.store.status(stored);
  const allowed = status === 'running' || status === 'created' || (status === 'paused' && options.ignorePaused);
  if (!allowed) throw new RuntimeError('wrong-state', `cannot exec in a container that is ${status}`);
  const host = await detectCgroups();
  const paths = await cgroupPathsOf(host, stored.pid);
  const { process } = options;
  const seccomp = stored.seccomp && {
    flags: stored.seccomp.flags,
    bytes: Buffer.from(stored.seccomp.program, 'base64'),
  };
  const records: HelperRecord[] = [
    ['join-pid', stored.pid, stored.startTime],
    ...cgroupFolders(paths).map((folder): HelperRecord => ['cgroup-join', join(folder, 'cgroup.procs')]),
    ...processRecords(process, {
      seccomp,
      newUserNamespace: false,
      strict: false,
      cwdMustExist: true,
      onWarning: context.warn,
    }),
    ...streams(process, options),
  ];
  if (options.detach) records.push(['detach']);
  const preserved = options.preserveFds ?? 0;
  if (preserved > 0) records.push(['preserve-fds', preserved]);
  const running = new StartedProcess(process.args?.[0] ?? '');
  const stdio: HelperStdio = { stdin: 'inherit', stdout: 'inherit', stderr: 'inherit' };
  const helper = context.helper.spawn('exec', records, {
    stdio,
    extraFds: Array.from({ length: preserved }, (_, i) => 3 + i),
    onReport: (report) => {
      if (report.event === 'note') context.warn(String(report.message));
      running.hear(report);
    },
  });
  running.follow(helper, Promise.resolve(), undefined);
  const pid = await running.created;
  if (options.pidFile) await writeFileAtomic(resolve(options.pidFile), String(pid), { fsync: false });
  await running.started;
  if (options.detach) {
    await helper.finished();
    return 0;
  }
  const stop = signals((signal) => running.kill(signal));
  try {
    return (await running.exit).exitCode;
  } finally {
    stop();
  }
}

function streams(process: Process, options: ExecOptions): HelperRecord[] {
  if (!process.terminal) return [['stdio', 'inherit']];
  const { height, width } = process.consoleSize ?? {};
  const size: HelperRecord[] = height && width ? [['console-size', height, width]] : [];
  if (options.consoleSocket) return [['stdio', 'console-socket', resolve(options.consoleSocket)], ...size];
  if (options.detach)
    throw new RuntimeError('spec-invalid', 'a detached process with a terminal needs --console-socket');
  return [['stdio', 'pty'], ...size];
}
