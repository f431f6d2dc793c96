import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Spec } from '../../src/runtime/spec.ts';
import { makeBusyboxRoot } from '../helpers/busybox-root.ts';
import { makeScratch, removeScratch } from '../helpers/make-scratch.ts';
import { dockerLike } from './container-fixture.ts';
import { helperBinary } from './helper-fixture.ts';

const MAIN = resolve(import.meta.dirname, '../../src/cli/oci-main.ts');

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** True when a program is in PATH: tests of other people's programs say by name when it is missing. */
export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)));
}

/** `containerize oci` as a program of its own, with its own --root, and bundles to run. */
export class OciBench {
  readonly scratch: string;
  readonly state: string;
  /** An executable for podman and dockerd. */
  readonly wrapper: string;
  #count = 0;

  constructor(name: string) {
    this.scratch = makeScratch(`oci-${name}`);
    this.state = join(this.scratch, 'state');
    this.wrapper = join(this.scratch, 'containerize-oci');
    const words = [process.execPath, MAIN].map((word) => `'${word}'`).join(' ');
    writeFileSync(
      this.wrapper,
      `#!/bin/sh\nexport NODE_NO_WARNINGS=1 CONTAINERIZE_HELPER='${helperBinary}'\nexec ${words} "$@"\n`,
    );
    chmodSync(this.wrapper, 0o755);
  }

  /** A new bundle with a busybox root. */
  bundle(args: string[], change?: (spec: Spec) => void): string {
    const folder = join(this.scratch, `bundle-${++this.#count}`);
    mkdirSync(folder);
    makeBusyboxRoot(join(folder, 'rootfs'));
    this.configure(folder, args, change);
    return folder;
  }

  configure(bundle: string, args: string[], change?: (spec: Spec) => void): void {
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(dockerLike(args, change)));
  }

  oci(...args: string[]): Promise<Ran> {
    return run(this.wrapper, ['--root', this.state, ...args]);
  }

  /** Throws unless it succeeds. */
  async must(...args: string[]): Promise<string> {
    const ran = await this.oci(...args);
    if (ran.code !== 0) throw new Error(`oci ${args.join(' ')}: exit ${ran.code}: ${ran.stderr}`);
    return ran.stdout;
  }

  async status(id: string): Promise<string> {
    return JSON.parse(await this.must('state', id)).status;
  }

  remove(): void {
    removeScratch(this.scratch);
  }
}

/** Runs a program to its end. Output goes to files' like pipes, since a detached container keeps its streams open. */
export function run(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; input?: string; timeoutMs?: number; uid?: number; gid?: number } = {},
): Promise<Ran> {
  return new Promise((done, reject) => {
    const { env, uid, gid } = options;
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(env && { env }),
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
    });
    const [out, err]: Buffer[][] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out!.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err!.push(chunk));
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 25_000);
    child.on('error', reject);
    // `exit`, not `close`: the container inherits our pipes and lives on.
    child.on('exit', (code) => {
      clearTimeout(timer);
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        done({ code, stdout: Buffer.concat(out!).toString(), stderr: Buffer.concat(err!).toString() });
      }, 5);
    });
  });
}

/** Pids from a process up to process 1. */
export function ancestors(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' });
  const parents = new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]),
  );
  const chain: number[] = [];
  for (let at = parents.get(pid); at !== undefined && at !== 0; at = parents.get(at)) chain.push(at);
  return chain;
}

/** podman and dockerd leave the parents of their cgroups behind: removes them where nothing is in them. */
export function removeEmptyCgroups(name: string): void {
  for (const hierarchy of ['', ...readdirSync('/sys/fs/cgroup')]) {
    const folder = join('/sys/fs/cgroup', hierarchy, name);
    if (existsSync(folder))
      spawnSync('find', [folder, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';'], { stdio: 'ignore' });
  }
}
