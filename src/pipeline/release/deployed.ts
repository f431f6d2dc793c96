import { codeOf, messageOf } from '../../errors.ts';
import { silent } from '../../progress.ts';
import { type DeployOptions, deploy } from '../../release/deploy.ts';
import type { DeployHook } from '../../release/deploy-hook.ts';
import type { DeploymentRecord } from '../../release/deployments.ts';
import { ReleaseError } from '../../release/error.ts';
import type { ReleaseReport } from '../../reports.ts';
import type { Engine } from '../wire.ts';
import { type ChannelRequest, releaseChannel } from './channel.ts';

/** What happens around the move of a channel. */
export interface Surroundings {
  hooks: readonly DeployHook[];
  /** Goes back to what was live, tags and hooks, when a hook fails. */
  undo: boolean;
  options: DeployOptions;
  /** Where it is noted beside the registry. */
  record?: DeploymentRecord | undefined;
  /** Hears of the move while hooks are still to come: when they fail or are stopped, it has happened all the same. */
  onMoved?: (report: ReleaseReport) => void;
}

/** Moves a channel, deploys it, and notes both. @throws ReleaseError `deploy-failed` or `deploy-undone` beside those of the move */
export async function releaseAndDeploy(
  engine: Engine,
  request: ChannelRequest,
  around: Surroundings,
): Promise<ReleaseReport> {
  const { record, hooks, options } = around;
  try {
    const report = await releaseChannel(engine, {
      ...request,
      async onPlan(plan) {
        await request.onPlan?.(plan);
        await record?.begin(plan);
      },
    });
    if (report.dryRun) return report;
    around.onMoved?.(report);
    try {
      await deploy(hooks, report, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      throw await undone(engine, request, around, report, error);
    }
    await record?.succeed(report, new Date());
    return report;
  } catch (error) {
    await record?.fail(error);
    throw error;
  }
}

/** The error to end with, after everything that can be taken back was. */
async function undone(
  engine: Engine,
  request: ChannelRequest,
  { undo, hooks, options }: Surroundings,
  report: ReleaseReport,
  cause: unknown,
): Promise<unknown> {
  if (codeOf(cause) !== 'deploy-failed') return cause;
  const { fromDigest, channel, changed, undoCommand } = report;
  const stays = `${messageOf(cause)}\n${channel} names ${report.toDigest}`;
  if (!undo || !changed || fromDigest === undefined) {
    const hint =
      fromDigest === undefined
        ? `nothing was live in ${channel} before, so there is nothing to go back to: mend what failed and release again`
        : undoCommand === undefined
          ? undefined
          : `to take it back: ${undoCommand}`;
    return new ReleaseError('deploy-failed', stays, { cause, moves: report.moves, hint });
  }
  // a tag that was elsewhere than the channel does not go where the channel goes
  const along = (request.tags ?? []).filter((tag) =>
    report.moves.every((move) => move.tag !== tag || move.from === fromDigest),
  );
  const others = (request.tags ?? []).filter((tag) => !along.includes(tag) && tag !== channel);
  const { source: _, expectCurrent: __, onPlan: ___, gates: ____, ...rest } = request;
  try {
    const back = await releaseChannel(engine, {
      ...rest,
      action: 'rollback',
      to: fromDigest,
      tags: along,
      force: true,
      noHold: true,
      dryRun: false,
    });
    (request.progress ?? silent).warn(`the deployment failed: ${channel} names ${fromDigest} again`);
    await deploy(hooks, back, options);
  } catch (error) {
    return new ReleaseError('deploy-failed', `${stays}\ngoing back failed too: ${messageOf(error)}`, {
      cause: error,
      moves: report.moves,
      hint: `to take it back: ${undoCommand ?? `containerize rollback --to ${fromDigest}`}`,
    });
  }
  const left = others.length === 0 ? '' : `; these tags still name ${report.toDigest}: ${others.join(', ')}`;
  return new ReleaseError(
    others.length === 0 ? 'deploy-undone' : 'deploy-failed',
    `${messageOf(cause)}\n${channel} names ${fromDigest} again, and that was deployed${left}`,
    { cause },
  );
}
