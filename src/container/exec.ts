import { CAPABILITIES } from '../runtime/capabilities.ts';
import type { ExecTarget, ProcessIo, Running } from '../runtime/runtime-types.ts';
import type { Process } from '../runtime/spec.ts';
import { startError } from '../runtime/started.ts';
import { readRunningAccountFiles } from './account-files.ts';
import { ContainerError } from './container-error.ts';
import type { ContainerRecord } from './record.ts';
import { readInRoot } from './root.ts';
import { seccompFor } from './seccomp.ts';
import type { ContainerServices } from './services.ts';
import { isPaused, needRunning } from './signals.ts';
import { mergeEnv } from './spec.ts';
import { resolveUser } from './user.ts';

export interface ExecOptions {
  command: readonly string[];
  env?: readonly string[];
  user?: string | undefined;
  workingDir?: string | undefined;
  tty?: boolean;
  privileged?: boolean;
  consoleSize?: { rows: number; columns: number } | undefined;
  signal?: AbortSignal;
}

/** Runs another program in a running container: with the container's user, environment and limits unless told otherwise. */
export async function execInContainer(
  services: ContainerServices,
  record: ContainerRecord,
  options: ExecOptions,
  io: ProcessIo,
): Promise<Running> {
  const { target, process } = await prepareExec(services, record, options);
  return services.runtime.exec(target, process, io, options.signal === undefined ? {} : { signal: options.signal });
}

/** The same without anybody who waits: output is thrown away, and the container's first process reaps it. */
export async function execDetached(
  services: ContainerServices,
  record: ContainerRecord,
  options: ExecOptions,
): Promise<void> {
  const { target, process } = await prepareExec(services, record, options);
  const records = await services.runtime.execRecords(target, process);
  const helper = services.helper.spawn('exec', [...records, ['stdio', 'null'], ['detach']], {
    stdio: { stdin: 'null', stdout: 'null', stderr: 'null' },
  });
  try {
    await helper.finished();
  } catch (error) {
    throw startError(error, options.command[0] ?? '');
  }
}

async function prepareExec(
  services: ContainerServices,
  record: ContainerRecord,
  options: ExecOptions,
): Promise<{ target: ExecTarget; process: Process }> {
  const state = await needRunning(services, record);
  if (await isPaused(services, state)) {
    throw new ContainerError('wrong-state', `container ${record.name} is paused`, {
      hint: `containerize unpause ${record.name}`,
    });
  }
  const base = state.spec;
  if (base === undefined)
    throw new ContainerError(
      'container-damaged',
      `the state of container ${record.name} does not say how it was started`,
    );
  const { process: init } = state;
  const process = await execProcess(services, record, base, init.pid, options);
  const unconfined = record.options.privileged || record.options.security?.seccomp === 'unconfined';
  const profile = record.options.security?.seccomp;
  const target: ExecTarget = {
    ...init,
    ...(unconfined || profile === 'unconfined'
      ? {}
      : { seccomp: seccompFor(profile, base.capabilities?.bounding ?? []) }),
  };
  return { target, process };
}

async function execProcess(
  services: ContainerServices,
  record: ContainerRecord,
  base: Process,
  pid: number,
  options: ExecOptions,
): Promise<Process> {
  const { user: written } = options;
  const root = `/proc/${pid}/root`;
  const user =
    written === undefined
      ? undefined
      : resolveUser(
          await readRunningAccountFiles((path, max) => readInRoot(services.helper, root, path, max)),
          written,
          record.options.groupAdd,
        );
  const { rlimits, consoleSize: _, ...rest } = base;
  let env = mergeEnv(base.env ?? [], [...(options.tty ? ['TERM=xterm'] : []), ...(options.env ?? [])]);
  // the home of the user that the container runs as is not this user's, unless image or user chose it
  const chosen = [...(record.imageConfig.Env ?? []), ...(record.options.env ?? []), ...(options.env ?? [])];
  if (user !== undefined && !chosen.some((entry) => entry.startsWith('HOME='))) {
    env = mergeEnv(env, [`HOME=${user.home ?? (user.uid === 0 ? '/root' : '/')}`]);
  }
  const all = [...CAPABILITIES];
  return {
    ...rest,
    args: [...options.command],
    env,
    cwd: options.workingDir ?? base.cwd,
    terminal: options.tty ?? false,
    ...(options.consoleSize === undefined
      ? {}
      : { consoleSize: { height: options.consoleSize.rows, width: options.consoleSize.columns } }),
    ...(rlimits === undefined ? {} : { rlimits }),
    ...(user === undefined
      ? {}
      : { user: { uid: user.uid, gid: user.gid, additionalGids: [...(user.additionalGids ?? [])] } }),
    ...(options.privileged
      ? { capabilities: { bounding: all, effective: all, permitted: all, inheritable: [], ambient: [] } }
      : {}),
  };
}
