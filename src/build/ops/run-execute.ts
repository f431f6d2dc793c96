import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import type { Layer } from '../../content/store.ts';
import { codeOf, messageOf } from '../../errors.ts';
import type { Task } from '../../progress.ts';
import type { ExitReport } from '../../reports.ts';
import type { ContainerRequest } from '../../runtime/runtime-types.ts';
import { StepFailed } from '../error.ts';
import type { StepContext } from '../vertex.ts';
import { LastLines } from './last-lines.ts';
import { maskText, OutputMask } from './mask.ts';
import type { RunDefinition } from './run-definition.ts';
import { RunRoom } from './run-room.ts';
import { runSpec } from './run-spec.ts';
import type { RunTools } from './run-tools.ts';

/** Lines of output that an error repeats. */
const LAST_LINES = 20;

/** Runs the step's program in a container, and packs what it changed. */
export async function execute(run: RunDefinition, tools: RunTools, step: StepContext): Promise<Layer | undefined> {
  await tools.checkPlatform(run);
  const snapshot = await step.prepare(step.inputs[0]);
  const room = new RunRoom(run, tools, step, snapshot);
  try {
    const spec = await room.furnish();
    const id = `build-${randomBytes(8).toString('hex')}`;
    const request: ContainerRequest = {
      id,
      spec,
      rootfs: snapshot.overlay,
      overlays: room.overlays,
      cgroupPath: tools.cgroupParent === undefined ? `/containerize-${id}` : `${tools.cgroupParent}/${id}`,
    };
    await supervise(run, tools, step, request, room.secretValues);
  } finally {
    await room.clear();
  }
  return step.commit(snapshot);
}

/** While a step below is at work: loads, and makes, what does not depend on its files. Failures are the step's own later. */
export async function expect(run: RunDefinition, tools: RunTools): Promise<void> {
  await tools.room();
  await tools.runtime.expect?.(runSpec(run, tools, [], { uid: 0, gid: 0 }, false));
}

/** Runs the container to its end; anything but exit 0 is the step's failure. */
async function supervise(
  run: RunDefinition,
  tools: RunTools,
  step: StepContext,
  request: ContainerRequest,
  secrets: readonly Uint8Array[],
): Promise<void> {
  const last = new LastLines(LAST_LINES);
  const stdout = shown('stdout', step.task, last, secrets);
  const stderr = shown('stderr', step.task, last, secrets);
  const failed = (exit: ExitReport, how: string, hint?: string, cause?: unknown) => {
    const command = maskText(run.args.join(' '), secrets);
    return new StepFailed(step.name, exit, last.lines(), `process "${shorten(command)}" ${how}`, {
      location: run.location,
      hint,
      cause,
    });
  };
  let exit: ExitReport;
  try {
    const running = await tools.runtime.run(request, { stdin: 'null', stdout, stderr }, { signal: step.signal });
    // A program that cannot be started rejects both; one of them must not go unheard.
    running.started.catch(() => {});
    exit = await running.exit;
    // what waits for a slow reader of the log would be thrown away with its stream
    await Promise.all([stdout, stderr].map((stream) => new Promise<void>((resolve) => stream.end(() => resolve()))));
  } catch (error) {
    if (step.signal.aborted) throw step.signal.reason;
    const code = codeOf(error);
    if (code !== 'command-not-found' && code !== 'not-executable') throw error;
    const status = code === 'command-not-found' ? 127 : 126;
    throw failed(
      { exitCode: status, oomKilled: false, durationMs: 0 },
      `could not be started (exit code: ${status}): ${messageOf(error)}`,
      undefined,
      error,
    );
  } finally {
    stdout.destroy();
    stderr.destroy();
  }
  if (step.signal.aborted) throw step.signal.reason;
  if (exit.oomKilled && exit.exitCode !== 0) {
    const limit = tools.limits.memory === undefined ? '' : ` of ${tools.limits.memory} bytes`;
    throw failed(
      exit,
      `ran out of memory: the kernel killed it at the limit${limit}`,
      'give the build more with --memory',
    );
  }
  if (exit.signal !== undefined)
    throw failed(exit, `did not complete successfully: killed by signal ${exit.signal} (exit code: ${exit.exitCode})`);
  if (exit.exitCode !== 0) throw failed(exit, `did not complete successfully: exit code: ${exit.exitCode}`);
}

/** A stream into the step's task, secrets masked. */
function shown(name: 'stdout' | 'stderr', task: Task, last: LastLines, secrets: readonly Uint8Array[]): Writable {
  const mask = new OutputMask(secrets);
  const tell = (chunk: Buffer): Promise<void> | void => {
    if (chunk.byteLength === 0) return;
    last.add(chunk);
    return task.output(name, chunk);
  };
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const room = tell(mask.write(chunk));
      if (room === undefined) done();
      else void room.then(() => done());
    },
    final(done) {
      tell(mask.end());
      done();
    },
    destroy(error, done) {
      tell(mask.end());
      done(error);
    },
  });
}

function shorten(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
