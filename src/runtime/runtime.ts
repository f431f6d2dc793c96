import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExitReport } from '../reports.ts';
import { type CgroupHost, detectCgroups } from './cgroup/host.ts';
import { cgroupFolders, cgroupPathsOf } from './cgroup/paths.ts';
import { type CgroupPlan, cgroupOwner, planCgroup } from './cgroup/plan.ts';
import { RuntimeError } from './error.ts';
import { runtimeFeatures } from './features.ts';
import type { Helper, HelperRecord } from './helper.ts';
import { hasOuterHooks, runHooks, runHooksLeniently } from './hooks.ts';
import { processFacts } from './identity.ts';
import { plainFolder } from './overlay.ts';
import { containerRecords, containerSeccomp } from './records.ts';
import { processRecords } from './records-process.ts';
import type {
  ContainerRequest,
  Detached,
  DetachFiles,
  ExecTarget,
  ProcessIo,
  Running,
  RuntimeFeatures,
} from './runtime-types.ts';
import { seccompProgram } from './seccomp/program.ts';
import { OCI_VERSION_MAX, type Process, type Spec, type State } from './spec.ts';
import { specProblems } from './spec-rules.ts';
import { connectStreams, ioPlan, StartedProcess, startError } from './started.ts';

export interface RuntimeOptions {
  helper: Helper;
  /** Empty folders to mount on live here; nothing of it outlasts a boot. */
  runFolder: string;
  /** Limits and capabilities that cannot be given are errors instead of warnings. */
  strict?: boolean;
  onWarning?(message: string): void;
}

/** Starts containers and processes in them. Every container is described by an OCI configuration. */
export class Runtime {
  readonly #options: RuntimeOptions;
  #host: Promise<CgroupHost> | undefined;
  #mountPoint: Promise<string> | undefined;

  constructor(options: RuntimeOptions) {
    this.#options = options;
  }

  /** Makes a container and starts its program. Aborting kills everything in it. */
  async run(request: ContainerRequest, io: ProcessIo, options: { signal?: AbortSignal } = {}): Promise<Running> {
    const { spec } = request;
    const { signal } = options;
    signal?.throwIfAborted();
    const state = newState(request, this.#options.runFolder);
    const [base, { stdio, records }] = [await this.#records(request, state), ioPlan(io)];
    signal?.throwIfAborted();
    const running = new StartedProcess(spec.process?.args?.[0] ?? '');
    const hooks = spec.hooks;
    const helper = this.#options.helper.spawn('run', [...base, ...records], {
      stdio,
      ...(signal !== undefined && { signal }),
      onReport: (report) => {
        if (report.event === 'note') this.#warn(String(report.message));
        if (report.event === 'namespaces') pause(Number(report.pid));
        running.hear(report);
      },
    });
    let hookError: unknown;
    const pause = (pid: number): void => {
      const paused: State = { ...state, pid };
      runHooks('prestart', hooks?.prestart, paused)
        .then(() => runHooks('createRuntime', hooks?.createRuntime, paused))
        .then(
          () => running.go(),
          (error) => {
            hookError = error;
            running.release();
          },
        );
    };
    running.follow(helper, connectStreams(helper, io), signal);
    try {
      await running.created;
    } catch (error) {
      await helper.exited.catch(() => {});
      throw hookError ?? error;
    }
    if (hooks?.poststart?.length || hooks?.poststop?.length) return this.#withLateHooks(running, request, state);
    return running;
  }

  /** Starts a process in a running container: joins its namespaces and cgroups. */
  async exec(
    target: ExecTarget,
    process: Process,
    io: ProcessIo,
    options: { signal?: AbortSignal } = {},
  ): Promise<Running> {
    const base = await this.execRecords(target, process);
    const { stdio, records } = ioPlan(io);
    const running = new StartedProcess(process.args?.[0] ?? '');
    const helper = this.#options.helper.spawn('exec', [...base, ...records], {
      stdio,
      ...(options.signal !== undefined && { signal: options.signal }),
      onReport: (report) => {
        if (report.event === 'note') this.#warn(String(report.message));
        running.hear(report);
      },
    });
    running.follow(helper, connectStreams(helper, io), options.signal);
    await running.created;
    return running;
  }

  /** Records of `exec` without those of the streams. */
  async execRecords(target: ExecTarget, process: Process): Promise<HelperRecord[]> {
    if (!process.args?.length) throw new RuntimeError('spec-invalid', 'process.args: the program to run is missing');
    const host = await this.cgroups();
    const paths = await cgroupPathsOf(host, target.pid);
    return [
      ['join-pid', target.pid, target.startTime],
      ...cgroupFolders(paths).map((folder): HelperRecord => ['cgroup-join', join(folder, 'cgroup.procs')]),
      ...processRecords(process, {
        seccomp: target.seccomp && seccompProgram(target.seccomp, undefined, this.#filters),
        newUserNamespace: false,
        strict: false,
        cwdMustExist: true,
        onWarning: (message) => this.#warn(message),
      }),
    ];
  }

  /** Starts a container that outlives us: a monitor of its own keeps its log, its exit report and its terminal. */
  async detach(request: ContainerRequest, files: DetachFiles): Promise<Detached> {
    const { spec } = request;
    if (hasOuterHooks(spec.hooks) || spec.hooks?.poststart?.length || spec.hooks?.poststop?.length) {
      throw new RuntimeError('unsupported', 'hooks outside the container are not run for a detached one');
    }
    const records: HelperRecord[] = [
      ...(await this.#records(request, newState(request, this.#options.runFolder))),
      spec.process?.terminal ? ['stdio', 'pty'] : ['stdio', 'relay'],
      ...(files.openStdin || spec.process?.terminal ? [] : [['stdin', 'null'] as const]),
      ['detach'],
      ['log-file', files.log],
      ['exit-file', files.exit],
      ...(files.attachSocket === undefined ? [] : [['attach-socket', files.attachSocket] as const]),
      ...(files.waitClientMs === undefined ? [] : [['wait-client', files.waitClientMs] as const]),
    ];
    if (spec.process?.terminal && spec.process.consoleSize) {
      records.push(['console-size', spec.process.consoleSize.height, spec.process.consoleSize.width]);
    }
    let pid = -1;
    let monitorPid = -1;
    const helper = this.#options.helper.spawn('monitor', records, {
      stdio: { stdin: 'null', stdout: 'null', stderr: 'null' },
      onReport: (report) => {
        if (report.event === 'note') this.#warn(String(report.message));
        if ((report.event === 'created' || report.event === 'started') && typeof report.pid === 'number')
          pid = report.pid;
        if (typeof report.monitorPid === 'number') monitorPid = report.monitorPid;
      },
    });
    try {
      await helper.finished();
    } catch (error) {
      throw startError(error, spec.process?.args?.[0] ?? '');
    }
    if (pid < 0) throw new RuntimeError('start-failed', 'the helper did not tell the container’s pid');
    // A program that has ended already has no start time left; it is then nobody's.
    const facts = await processFacts(pid);
    return { pid, startTime: facts?.startTime ?? '0', monitorPid };
  }

  /** Makes ready what a container of this kind will need, so that its start finds it: cgroups looked at, the filter compiled. */
  async expect(spec: Spec): Promise<void> {
    await Promise.all([this.cgroups(), this.#emptyFolder()]);
    containerSeccomp(spec, this.#filters);
  }

  features(): RuntimeFeatures {
    return runtimeFeatures();
  }

  /** The machine's cgroups, looked at once. */
  cgroups(): Promise<CgroupHost> {
    this.#host ??= detectCgroups();
    return this.#host;
  }

  async #records(request: ContainerRequest, state: State): Promise<HelperRecord[]> {
    const { spec } = request;
    const strict = this.#options.strict ?? false;
    const onWarning = (message: string): void => this.#warn(message);
    const cgroups = await this.cgroups();
    // a specification that was put together from flags has not met these rules yet
    const [problem] = specProblems(spec);
    if (problem !== undefined) throw new RuntimeError('spec-invalid', problem);
    const plan = await this.#planCgroup(request, cgroups, strict, onWarning);
    return containerRecords(spec, {
      state,
      rootfs: plainFolder(request.rootfs) ?? request.rootfs,
      mountPoint: request.mountPoint ?? (plainFolder(request.rootfs) === undefined ? await this.#emptyFolder() : ''),
      ...(request.overlays !== undefined && { overlays: request.overlays }),
      cgroups,
      plan,
      strict,
      init: request.init ?? false,
      filters: this.#filters,
      onWarning,
    });
  }

  #planCgroup(
    request: ContainerRequest,
    host: CgroupHost,
    strict: boolean,
    onWarning: (m: string) => void,
  ): Promise<CgroupPlan> {
    const { spec } = request;
    return planCgroup(host, {
      // One level only: no parent that nobody removes.
      path: request.cgroupPath ?? spec.linux?.cgroupsPath ?? `/containerize-${request.id}`,
      resources: spec.linux?.resources,
      strict,
      controllers: 'needed',
      userNamespace: spec.linux?.namespaces?.some((ns) => ns.type === 'user') ?? false,
      owner: cgroupOwner(spec),
      onWarning,
    });
  }

  /** Compiled seccomp programs of this boot. */
  get #filters(): string {
    return join(this.#options.runFolder, 'filters');
  }

  /** Every container mounts its overlay on the same folder: each in its own mount namespace. */
  #emptyFolder(): Promise<string> {
    this.#mountPoint ??= (async () => {
      const folder = join(this.#options.runFolder, 'rootfs');
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return folder;
    })();
    return this.#mountPoint;
  }

  #withLateHooks(running: StartedProcess, request: ContainerRequest, state: State): Running {
    const { hooks } = request.spec;
    const started = running.started.then(async () => {
      try {
        await runHooks('poststart', hooks?.poststart, { ...state, status: 'running', pid: running.pid });
      } catch (error) {
        running.release();
        throw error;
      }
    });
    const afterwards = (): Promise<void> =>
      runHooksLeniently('poststop', hooks?.poststop, { ...state, status: 'stopped' }, (message) => this.#warn(message));
    const exit = running.exit.then(
      async (report): Promise<ExitReport> => {
        // A short program is gone before the hooks of its start are.
        await started.catch(() => {});
        await afterwards();
        await started;
        return report;
      },
      async (error) => {
        await afterwards();
        throw error;
      },
    );
    started.catch(() => {});
    exit.catch(() => {});
    return {
      pid: running.pid,
      started,
      exit,
      outputLost: running.outputLost,
      kill: (signal) => running.kill(signal),
      resize: (rows, columns) => running.resize(rows, columns),
      closeStdin: () => running.closeStdin(),
      leave: () => running.leave(),
    };
  }

  #warn(message: string): void {
    this.#options.onWarning?.(message);
  }
}

function newState(request: ContainerRequest, runFolder: string): State {
  const { annotations } = request.spec;
  return {
    ociVersion: request.spec.ociVersion || OCI_VERSION_MAX,
    id: request.id,
    status: 'creating',
    bundle: request.bundle ?? runFolder,
    ...(annotations !== undefined && { annotations }),
  };
}
