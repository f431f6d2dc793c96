import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { seccompFor } from '../../src/container/seccomp.ts';
import type { ExitReport } from '../../src/reports.ts';
import { DEFAULT_CAPABILITIES } from '../../src/runtime/capabilities.ts';
import { detectCgroups } from '../../src/runtime/cgroup/host.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import type { ContainerRequest, Running } from '../../src/runtime/runtime-types.ts';
import type { Process, Spec } from '../../src/runtime/spec.ts';
import { makeBusyboxRoot } from '../helpers/busybox-root.ts';
import { makeScratch, removeScratch } from '../helpers/make-scratch.ts';
import { makeHelper } from './helper-fixture.ts';

export const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A config like Docker's default: what attacks have to deal with. */
export function dockerLike(args: string[], change: (spec: Spec) => void = () => {}): Spec {
  const caps = [...DEFAULT_CAPABILITIES];
  const spec: Spec = {
    ociVersion: '1.2.0',
    process: {
      user: { uid: 0, gid: 0 },
      args,
      env: [PATH, 'HOME=/root'],
      cwd: '/',
      capabilities: { bounding: caps, effective: caps, permitted: caps },
    },
    root: { path: 'rootfs' },
    hostname: 'inside',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
      {
        destination: '/dev',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
      },
      {
        destination: '/dev/pts',
        type: 'devpts',
        source: 'devpts',
        options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
      },
      { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
      {
        destination: '/sys/fs/cgroup',
        type: 'cgroup',
        source: 'cgroup',
        options: ['ro', 'nosuid', 'noexec', 'nodev'],
      },
      { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
      {
        destination: '/dev/shm',
        type: 'tmpfs',
        source: 'shm',
        options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=67108864'],
      },
    ],
    linux: {
      namespaces: [
        { type: 'mount' },
        { type: 'network' },
        { type: 'uts' },
        { type: 'pid' },
        { type: 'ipc' },
        { type: 'cgroup' },
      ],
      seccomp: seccompFor(undefined, caps),
      maskedPaths: ['/proc/acpi', '/proc/interrupts', '/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware'],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  };
  change(spec);
  return spec;
}

export interface Ended extends ExitReport {
  stdout: string;
  stderr: string;
}

/** Collects what is written to it. */
export class Sink extends Writable {
  readonly #parts: Buffer[] = [];

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.#parts.push(chunk);
    done();
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString('utf8');
  }
}

let counter = 0;

/** One suite's scratch folder, root file system and runtime. */
export class Bench {
  readonly scratch: string;
  readonly root: string;
  readonly runtime: Runtime;
  readonly warnings: string[] = [];

  constructor(name: string) {
    this.scratch = makeScratch(`runtime-${name}`);
    this.root = makeBusyboxRoot(join(this.scratch, 'rootfs'));
    this.runtime = new Runtime({
      helper: makeHelper(),
      runFolder: join(this.scratch, 'run'),
      onWarning: (message) => this.warnings.push(message),
    });
  }

  /** A root of its own, for tests that spoil it. */
  freshRoot(): string {
    return makeBusyboxRoot(join(this.scratch, `rootfs-${++counter}`));
  }

  request(spec: Spec, more: Partial<ContainerRequest> = {}): ContainerRequest {
    return { id: `test-${process.pid}-${++counter}`, spec, rootfs: this.root, bundle: this.scratch, ...more };
  }

  async start(spec: Spec, more: Partial<ContainerRequest> & { input?: string; signal?: AbortSignal } = {}) {
    const { input, signal, ...request } = more;
    const [stdout, stderr] = [new Sink(), new Sink()];
    const stdin = input === undefined ? ('null' as const) : Readable.from([Buffer.from(input)]);
    const made = this.request(spec, request);
    const running = await this.runtime.run(made, { stdin, stdout, stderr }, signal === undefined ? {} : { signal });
    return { running, stdout, stderr, id: made.id };
  }

  /** Runs a container to its end. */
  async run(spec: Spec, more: Partial<ContainerRequest> & { input?: string } = {}): Promise<Ended> {
    const { running, stdout, stderr } = await this.start(spec, more);
    const report = await running.exit;
    await running.started;
    return { ...report, stdout: stdout.text, stderr: stderr.text };
  }

  /** A shell script in a Docker-like container. */
  sh(script: string, change?: (spec: Spec) => void, more: Partial<ContainerRequest> = {}): Promise<Ended> {
    return this.run(dockerLike(['/bin/sh', '-c', script], change), more);
  }

  async exec(running: Running, process: Partial<Process> & { args: string[] }): Promise<Ended> {
    const { processFacts } = await import('../../src/runtime/identity.ts');
    const facts = await processFacts(running.pid);
    const [stdout, stderr] = [new Sink(), new Sink()];
    const joined = await this.runtime.exec(
      { pid: running.pid, startTime: facts!.startTime },
      { ...dockerLike([]).process!, ...process },
      { stdin: 'null', stdout, stderr },
    );
    const report = await joined.exit;
    return { ...report, stdout: stdout.text, stderr: stderr.text };
  }

  remove(): void {
    removeScratch(this.scratch);
  }
}

/** Names of our cgroups that are still there: none after a test. */
export async function leftCgroups(): Promise<string[]> {
  const host = await detectCgroups();
  const folders = new Set([...host.v1.values(), ...(host.unified ? [host.unified] : [])].map((h) => h.folder));
  return [...folders].flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.startsWith(`containerize-test-${process.pid}-`))
          .map((name) => join(folder, name))
      : [],
  );
}
