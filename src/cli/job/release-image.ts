import { codeOf, messageOf } from '../../errors.ts';
import { releaseAndDeploy, type Surroundings } from '../../pipeline/release/deployed.ts';
import type { Engine } from '../../pipeline/wire.ts';
import type { Progress, Task } from '../../progress.ts';
import type { ReleaseReport } from '../../reports.ts';
import type { CommandContext } from '../command.ts';
import { gatesOf } from '../release/gates.ts';
import { hookOptions } from '../release/hook-options.ts';
import type { PushedName, ReleaseJob } from './job.ts';

interface ReleaseRoom {
  engine: Engine;
  context: CommandContext;
  progress: Progress;
  /** Hears of a channel that was moved, also when what comes after that fails. */
  onMoved(report: ReleaseReport): void;
}

/**
 * Moves a channel and deploys what it names, as the commands release, promote and rollback do; leaves it when it is held,
 * or names a higher version, and nobody insists.
 */
export async function releaseImage(job: ReleaseJob, pushed: readonly PushedName[], room: ReleaseRoom): Promise<void> {
  const { engine, progress, context } = room;
  const repositories = job.repositories.length > 0 ? job.repositories : pushed.map(({ repository }) => repository);
  const first = pushed[0];
  const source = job.source ?? (first === undefined ? undefined : `${first.repository}@${first.digest}`);
  const task = new HookTask(progress, `deploy ${job.channel}`);
  let moved: ReleaseReport | undefined;
  try {
    const report = await releaseAndDeploy(
      engine,
      {
        action: job.action,
        repositories,
        channel: job.channel,
        ...(job.action === 'rollback' || source === undefined ? { to: job.to ?? 'previous' } : { source }),
        force: job.force,
        noHold: !job.hold,
        dryRun: job.dryRun,
        gates: gatesOf(job, engine, context),
        who: job.who,
        progress,
        signal: context.signal,
      },
      {
        ...(await around(job, room, task)),
        onMoved: (report) => {
          moved = report;
        },
      },
    );
    task.done();
    room.onMoved(report);
  } catch (error) {
    task.fail(error);
    if (moved !== undefined && codeOf(error) !== 'deploy-undone') room.onMoved(moved);
    // a fix for an older line is pushed and released to no one: nothing that its run did wrong
    if (!job.automatic || !['channel-held', 'older-version'].includes(codeOf(error) ?? '')) throw error;
    progress.warn(`not released: ${messageOf(error)}`);
  }
}

async function around(
  job: ReleaseJob,
  { engine, context, progress }: ReleaseRoom,
  task: HookTask,
): Promise<Surroundings> {
  const { deploy = { hooks: [], undo: false }, environment, reason } = job;
  const surroundings: Surroundings = {
    ...deploy,
    options: hookOptions(context, engine, (stream, chunk) => task.output(stream, chunk)),
  };
  if (environment === undefined) return surroundings;
  try {
    // octokit is large: only who notes deployments loads it
    const { recordOf } = await import('../release/record.ts');
    const record = await recordOf({ environment, reason }, context, engine, (message) => progress.warn(message));
    return { ...surroundings, record };
  } catch (error) {
    // the registry's tags decide what is live; nobody waits for GitHub
    progress.warn(`no deployment of ${environment} is noted: ${messageOf(error)}`);
    return surroundings;
  }
}

/** What hooks say, as one piece of work that is only there when one says something. */
class HookTask {
  readonly #begin: () => Task;
  #task: Task | undefined;

  constructor(progress: Progress, name: string) {
    this.#begin = () => progress.start({ name });
  }

  output(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    this.#task ??= this.#begin();
    this.#task.output(stream, chunk);
  }

  done(): void {
    this.#task?.done();
  }

  fail(error: unknown): void {
    this.#task?.fail(error);
  }
}
