import { isAbsolute } from 'node:path';
import type { Container } from '../container/container.ts';
import type { Containers } from '../container/containers.ts';
import type { ContainerBase } from '../container/create.ts';
import { messageOf } from '../errors.ts';
import type { ExitReport } from '../reports.ts';
import { type Collected, collectReports } from './collect.ts';
import type { OutputFolder } from './output-folder.ts';
import type { OutputTail } from './output-tail.ts';
import type { TestSpec } from './spec.ts';

export interface AttemptPlace {
  containers: Containers;
  base: ContainerBase;
  output?: OutputFolder | undefined;
  /** Folder of this attempt in the output folder. */
  folder: string;
  env: readonly string[];
  signal: AbortSignal;
}

export interface AttemptEnd {
  exit: ExitReport;
  timedOut: boolean;
  collected: Collected;
}

/**
 * Runs a command once, in a fresh container that is gone afterwards. Its reports are copied out whatever happened to
 * it: time-out, memory, a cancelled run. Killing the first process of its pid namespace kills everything in it.
 *
 * @throws what the runtime says when the program could not be started; the reason of `signal` when that was aborted
 */
export async function attempt(spec: TestSpec, place: AttemptPlace, tail: OutputTail): Promise<AttemptEnd> {
  const { signal } = place;
  signal.throwIfAborted();
  const container = await place.containers.create(place.base, {
    entrypoint: [],
    command: typeof spec.run === 'string' ? ['/bin/sh', '-c', spec.run] : (spec.run ?? []),
    env: [...place.env, ...spec.env],
    ...(spec.workingDir === undefined ? {} : { workingDir: spec.workingDir }),
    ...(spec.user === undefined ? {} : { user: spec.user }),
    network: spec.network,
    limits: spec.limits,
    autoRemove: true,
  });
  let ended = false;
  try {
    const running = await container.startForeground({
      stdin: 'null',
      stdout: tail.sink('stdout'),
      stderr: tail.sink('stderr'),
    });
    let timedOut = false;
    const timer = setTimeout(
      () => {
        timedOut = true;
        running.kill('SIGKILL');
      },
      // a longer one would be over at once
      Math.min(spec.timeout * 1000, 2 ** 31 - 1),
    );
    const cancel = (): void => running.kill('SIGKILL');
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    let exit: ExitReport;
    try {
      await running.started;
      exit = await running.exit;
      await running.finished;
      await tail.end();
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
    }
    ended = true;
    const collected = await collect(container, spec, place);
    signal.throwIfAborted();
    return { exit, timedOut, collected };
  } finally {
    await (ended ? container.removeEnded() : container.remove({ force: true, volumes: true }));
  }
}

function nothing(): Collected {
  return { files: [], sizes: new Map(), warnings: [], missing: [] };
}

async function collect(container: Container, spec: TestSpec, place: AttemptPlace): Promise<Collected> {
  if (place.output === undefined || spec.reports.length === 0) return nothing();
  try {
    return await collectReports(container, spec.reports, workingDirOf(spec, place.base), place.output, place.folder);
  } catch (error) {
    // how the test ended is known all the same
    return { ...nothing(), problem: `its reports could not be copied: ${messageOf(error)}` };
  }
}

/** Where the test runs. */
export function workingDirOf({ workingDir }: TestSpec, base: ContainerBase): string {
  const image = base.loaded.config.config?.WorkingDir || '/';
  return workingDir === undefined ? image : isAbsolute(workingDir) ? workingDir : `${image}/${workingDir}`;
}
