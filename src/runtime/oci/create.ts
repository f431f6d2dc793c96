import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { codeOf } from '../../errors.ts';
import { writeFileAtomic } from '../../files.ts';
import { detectCgroups } from '../cgroup/host.ts';
import { cgroupOwner, planCgroup } from '../cgroup/plan.ts';
import { killAll, removeCgroup } from '../cgroup/processes.ts';
import { RuntimeError } from '../error.ts';
import type { HelperProcess, HelperRecord, HelperStdio } from '../helper.ts';
import { runHooks, runHooksLeniently } from '../hooks.ts';
import { processFacts } from '../identity.ts';
import { containerRecords, containerSeccomp, type RecordsContext } from '../records.ts';
import type { IdMapping, Spec } from '../spec.ts';
import { checkContainerId, parseSpec } from '../spec-parse.ts';
import { StartedProcess } from '../started.ts';
import type { OciContext } from './context.ts';
import { type StoredContainer, stateOf } from './stored.ts';

export interface CreateOptions {
  id: string;
  /** Absolute. */
  bundle: string;
  pidFile?: string | undefined;
  consoleSocket?: string | undefined;
  preserveFds?: number;
  noPivot?: boolean;
  noNewKeyring?: boolean;
}

/** A container that was made. */
export interface Made {
  stored: StoredContainer;
  /** The pid; rejects with why the container could not be made. */
  created: Promise<number>;
  process: StartedProcess;
  helper: HelperProcess;
}

/** `create`: everything but the program itself. Whatever fails, nothing is left behind. */
export async function create(context: OciContext, options: CreateOptions): Promise<void> {
  const spec = await readBundle(options.id, options.bundle);
  const io = createStreams(spec, options.consoleSocket);
  const { store } = context;
  const fifos: HelperRecord[] = [['start-fifo', store.fifo(options.id)]];
  if (spec.hooks?.startContainer?.length) fifos.push(['start-report', store.startReport(options.id)]);
  const made = await make(context, options, spec, 'create', [...fifos, ...io]);
  await made.helper.exited;
}

/** Reads the bundle once; what happens to it later does not matter. */
export async function readBundle(id: string, bundle: string): Promise<Spec> {
  checkContainerId(id);
  const file = join(bundle, 'config.json');
  const text = await readFile(file, 'utf8').catch((cause) => {
    if (codeOf(cause) !== 'ENOENT') throw cause;
    throw new RuntimeError('bundle-invalid', `${file}: no such file or directory`, {
      cause,
      hint: 'a bundle is a folder with config.json and the root file system; `oci spec` makes a config.json',
    });
  });
  return parseSpec(text, file);
}

function createStreams(spec: Spec, consoleSocket: string | undefined): HelperRecord[] {
  if (!spec.process?.terminal) {
    if (consoleSocket) throw new RuntimeError('spec-invalid', '--console-socket goes with process.terminal only');
    return [['stdio', 'inherit']];
  }
  if (!consoleSocket) {
    throw new RuntimeError(
      'spec-invalid',
      'process.terminal needs --console-socket: nobody would hold the terminal after create',
      {
        hint: 'set process.terminal to false, or use `run` without --detach',
      },
    );
  }
  const { height, width } = spec.process.consoleSize ?? {};
  const size: HelperRecord[] = height && width ? [['console-size', height, width]] : [];
  return [['stdio', 'console-socket', resolve(consoleSocket)], ...size];
}

/** Makes the container by the helper's mode `create` or `run` and keeps its state on disk. */
export async function make(
  context: OciContext,
  options: CreateOptions,
  spec: Spec,
  mode: 'create' | 'run',
  extra: readonly HelperRecord[],
  stdio: HelperStdio = { stdin: 'inherit', stdout: 'inherit', stderr: 'inherit' },
): Promise<Made> {
  const { store } = context;
  const stored = newContainer(options, spec);
  const rootfs = await checkRoot(stored.rootfs);
  if (spec.process === undefined)
    throw new RuntimeError('spec-invalid', 'process: is required: a container without a program is not made here');
  const cgroups = await detectCgroups();
  await store.claim(options.id);
  let made: Made | undefined;
  try {
    await store.write(stored);
    const plan = await planCgroup(cgroups, {
      path: spec.linux?.cgroupsPath || `/containerize-${options.id}`,
      resources: spec.linux?.resources,
      strict: context.strict,
      controllers: 'all',
      userNamespace: spec.linux?.namespaces?.some((ns) => ns.type === 'user') ?? false,
      owner: cgroupOwner(spec),
      onWarning: context.warn,
    });
    if (plan.paths !== undefined) stored.cgroup = plan.paths;
    const seccomp = containerSeccomp(spec, store.filters);
    if (seccomp !== undefined) stored.seccomp = { flags: seccomp.flags, program: seccomp.bytes.toString('base64') };
    await store.write(stored);
    const records = await containerRecords(spec, {
      state: stateOf(stored, 'creating'),
      rootfs,
      mountPoint: '',
      cgroups,
      plan,
      strict: false,
      ...idMapping(context, spec),
      noPivot: options.noPivot ?? false,
      noKeyring: options.noNewKeyring ?? false,
      onWarning: context.warn,
    });
    const preserved = options.preserveFds ?? 0;
    if (preserved > 0) records.push(['preserve-fds', preserved]);
    made = spawnMade(context, stored, spec, mode, [...records, ...extra], stdio, preserved);
    const pid = await made.created;
    if (mode === 'create') {
      const end = await made.helper.finished();
      if (end.code !== 0) throw new RuntimeError('start-failed', `the helper ended with status ${end.code}`);
    }
    stored.pid = pid;
    stored.startTime = (await processFacts(pid))?.startTime ?? '0';
    stored.creating = false;
    await store.write(stored);
    if (options.pidFile) await writeFileAtomic(resolve(options.pidFile), String(pid), { fsync: false });
    return made;
  } catch (error) {
    await undo(context, stored, made);
    throw error;
  }
}

/** How a user who is not root gets a map: one id of their own may be written by anybody, more by setuid programs only. */
function idMapping(context: OciContext, spec: Spec): Pick<RecordsContext, 'idMapPrograms' | 'denySetgroups'> {
  const { unprivileged } = context;
  if (unprivileged === undefined) return {};
  const isOwn = (maps: readonly IdMapping[] | undefined, own: number): boolean =>
    maps?.length === 1 && maps[0]!.size === 1 && maps[0]!.hostID === own;
  const { uidMappings, gidMappings } = spec.linux ?? {};
  if (isOwn(uidMappings, unprivileged.uid) && isOwn(gidMappings, unprivileged.gid)) return { denySetgroups: true };
  return { idMapPrograms: unprivileged.programs };
}

function spawnMade(
  context: OciContext,
  stored: StoredContainer,
  spec: Spec,
  mode: 'create' | 'run',
  records: HelperRecord[],
  stdio: HelperStdio,
  preserved: number,
): Made {
  const process = new StartedProcess(spec.process?.args?.[0] ?? '');
  let hookError: unknown;
  const helper = context.helper.spawn(mode, records, {
    stdio,
    extraFds: Array.from({ length: preserved }, (_, i) => 3 + i),
    onReport: (report) => {
      if (report.event === 'note') context.warn(String(report.message));
      if (report.event === 'namespaces') void pause(Number(report.pid));
      process.hear(report);
    },
  });
  const pause = async (pid: number): Promise<void> => {
    try {
      stored.pid = pid;
      stored.startTime = (await processFacts(pid))?.startTime ?? '0';
      await context.store.write(stored);
      const state = stateOf(stored, 'creating');
      await runHooks('prestart', spec.hooks?.prestart, state);
      await runHooks('createRuntime', spec.hooks?.createRuntime, state);
      process.go();
    } catch (error) {
      hookError = error;
      process.release();
    }
  };
  process.follow(helper, Promise.resolve(), undefined);
  const created = process.created.catch(async (error) => {
    await helper.exited.catch(() => {});
    throw hookError ?? error;
  });
  created.catch(() => {});
  return { stored, helper, process, created };
}

async function undo(context: OciContext, stored: StoredContainer, made: Made | undefined): Promise<void> {
  made?.process.release();
  if (stored.cgroup !== undefined) {
    await killAll(stored.cgroup, 3_000).catch(() => {});
    await removeCgroup(stored.cgroup).catch((error) => context.warn(String(error)));
  }
  if (made !== undefined) {
    // The lifecycle ends as if it had been deleted.
    await runHooksLeniently('poststop', stored.hooks?.poststop, stateOf(stored, 'stopped'), context.warn);
  }
  await context.store.remove(stored.id);
}

function newContainer(options: CreateOptions, spec: Spec): StoredContainer {
  const { poststart, poststop } = spec.hooks ?? {};
  return {
    id: options.id,
    ociVersion: spec.ociVersion,
    bundle: options.bundle,
    rootfs: resolve(options.bundle, spec.root?.path ?? ''),
    created: new Date().toISOString(),
    creating: true,
    pid: -1,
    startTime: '0',
    ...(spec.annotations !== undefined && { annotations: spec.annotations }),
    hooks: { ...(poststart && { poststart }), ...(poststop && { poststop }) },
    process: spec.process ?? { cwd: '/' },
  };
}

async function checkRoot(path: string): Promise<string> {
  const found = await stat(path).catch((cause) => {
    throw new RuntimeError(
      'bundle-invalid',
      `root.path: ${path}: ${codeOf(cause) === 'ENOENT' ? 'no such file or directory' : codeOf(cause)}`,
      { cause },
    );
  });
  if (!found.isDirectory()) throw new RuntimeError('bundle-invalid', `root.path: ${path} is not a folder`);
  if (path === '/') throw new RuntimeError('bundle-invalid', 'root.path: the host’s own root cannot be a container’s');
  return path;
}
