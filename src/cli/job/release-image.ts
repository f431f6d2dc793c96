import { codeOf, messageOf } from '../../errors.ts';
import { Containerize } from '../../pipeline/api.ts';
import { releaseChannel } from '../../pipeline/release.ts';
import { smokeGate } from '../../pipeline/smoke-gate.ts';
import type { Engine } from '../../pipeline/wire.ts';
import type { Progress } from '../../progress.ts';
import type { ReleaseReport } from '../../reports.ts';
import type { PushedName, ReleaseJob } from './job.ts';

/** Moves a channel, as the commands release, promote and rollback do; undefined when it is held and nobody insists. */
export async function releaseImage(
  job: ReleaseJob,
  pushed: readonly PushedName[],
  { engine, progress, signal }: { engine: Engine; progress: Progress; signal: AbortSignal },
): Promise<ReleaseReport | undefined> {
  const repositories = job.repositories.length > 0 ? job.repositories : pushed.map(({ repository }) => repository);
  const first = pushed[0];
  const source = job.source ?? (first === undefined ? undefined : `${first.repository}@${first.digest}`);
  try {
    return await releaseChannel(engine, {
      action: job.action,
      repositories,
      channel: job.channel,
      ...(job.action === 'rollback' || source === undefined ? { to: job.to ?? 'previous' } : { source }),
      force: job.force,
      noHold: !job.hold,
      dryRun: job.dryRun,
      gates: job.smoke.map((command) => smokeGate(new Containerize(engine), command)),
      who: job.who,
      progress,
      signal,
    });
  } catch (error) {
    if (!job.automatic || codeOf(error) !== 'channel-held') throw error;
    progress.warn(`not released: ${messageOf(error)}`);
    return undefined;
  }
}
