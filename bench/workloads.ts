import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandOptions, type Sample, type Subject, time } from './measure.ts';
import { installed, versionOf } from './peers.ts';
import type { Bench } from './row.ts';

/** A context of `files` small files in folders of fifty. Contents differ, so that nothing is the same blob by chance. */
export function writeContext(folder: string, files: number, dockerfile: string): void {
  rmSync(folder, { recursive: true, force: true });
  for (let i = 0; i < files; i++) {
    const directory = join(folder, i % 10 === 0 ? 'src' : 'deps', `d${Math.floor(i / 50)}`);
    if (i % 50 === 0 || i % 50 === 1) mkdirSync(join(folder, 'src', `d${Math.floor(i / 50)}`), { recursive: true });
    if (i % 50 === 0 || i % 50 === 1) mkdirSync(join(folder, 'deps', `d${Math.floor(i / 50)}`), { recursive: true });
    writeFileSync(join(directory, `f${i}.js`), `export const value${i} = ${i};\n`.repeat(1 + (i % 40)));
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'Dockerfile'), dockerfile);
}

/** Ours, as a user starts it. */
export function ours(bench: Bench, ...args: string[]): Promise<Sample> {
  return time([...bench.containerize, ...args], { env: bench.env });
}

export function docker(bench: Bench, args: readonly string[], options: CommandOptions = {}): Promise<Sample> {
  return time([...bench.docker!.command, ...args], {
    ...options,
    env: { DOCKER_BUILDKIT: '1', BUILDKIT_PROGRESS: 'plain', ...options.env },
  });
}

/** The tar of a root with busybox and its applets. */
export function busyboxTar(bench: Bench): string {
  const tar = join(bench.arena.folder, 'busybox.tar');
  const root = join(bench.arena.folder, 'busybox-root');
  mkdirSync(join(root, 'bin'), { recursive: true });
  for (const folder of ['proc', 'sys', 'dev', 'tmp', 'etc', 'root']) mkdirSync(join(root, folder), { recursive: true });
  execFileSync('sh', [
    '-c',
    `cp /bin/busybox "$1/bin/busybox" && for a in $(/bin/busybox --list); do [ "$a" = busybox ] || ln -sf busybox "$1/bin/$a"; done && echo root:x:0:0:root:/root:/bin/sh > "$1/etc/passwd" && tar -C "$1" -cf "$2" .`,
    'sh',
    root,
    tar,
  ]);
  return tar;
}

/** Puts the same root file system under the same name into everybody's store. */
export async function importEverywhere(bench: Bench, tar: string, name: string): Promise<void> {
  await ours(bench, 'import', tar, name);
  if (bench.docker) await docker(bench, ['import', tar, name]);
  const podman = podmanCommand(bench);
  if (podman) await time([...podman, 'import', tar, name]);
}

/** podman with its state in the arena; runc, because crun refuses hosts with hybrid cgroups. */
export function podmanCommand(bench: Bench): string[] | undefined {
  const podman = installed('podman');
  if (!podman) return undefined;
  const folder = join(bench.arena.folder, 'podman');
  return [
    podman,
    '--root',
    join(folder, 'root'),
    '--runroot',
    join(folder, 'run'),
    '--tmpdir',
    join(folder, 'tmp'),
    '--cgroup-manager',
    'cgroupfs',
    '--events-backend',
    'none',
    '--runtime',
    installed('runc') ?? 'runc',
  ];
}

export function dockerSubject(
  bench: Bench,
  run: (bench: Bench) => Promise<Sample>,
  prepare?: () => Promise<void>,
): Subject[] {
  return bench.docker
    ? [
        {
          name: bench.docker.version.replace(/,.*/, '').replace('Docker version', 'docker'),
          run: () => run(bench),
          ...(prepare ? { prepare } : {}),
        },
      ]
    : [];
}

export function programName(program: string): string {
  return versionOf(program).replace(' version', '').split(' ').slice(0, 2).join(' ');
}
