import { ContainerizeError, codeOf } from '../../errors.ts';
import type { ChannelRequest } from '../../pipeline/release/channel.ts';
import { releaseAndDeploy } from '../../pipeline/release/deployed.ts';
import { silent } from '../../progress.ts';
import type { ReleaseReport } from '../../reports.ts';
import type { Arguments, CommandContext } from '../command.ts';
import { confirm } from '../confirm.ts';
import { registryFlags } from '../registry-options.ts';
import { surroundingsOf } from './around.ts';
import { gatesOf } from './gates.ts';
import { digestFlag } from './options.ts';
import { planText, resultText } from './text.ts';

class NotConfirmed extends ContainerizeError<'not-confirmed'> {}

/** Moves a channel as the flags say: shows the plan, asks on a terminal, moves, says what became of it. */
export async function carryOut(
  args: Arguments,
  context: CommandContext,
  request: Pick<ChannelRequest, 'action' | 'repositories' | 'channel' | 'source' | 'to' | 'force' | 'noHold'>,
): Promise<number> {
  const { io, signal, env } = context;
  const engine = await context.engine();
  const json = args.flag('json');
  const dryRun = args.flag('dry-run');
  const smoke = args.string('smoke');
  const expectCurrent = digestFlag(args, 'expect-current');
  const onPlan = async (plan: ReleaseReport): Promise<void> => {
    if (!json) io.stdout.write(planText(plan));
    const moves = plan.moves.some((move) => move.from !== move.to);
    if (dryRun || !moves || args.flag('yes') || !io.isTerminal.stdin || !io.isTerminal.stdout) return;
    if (!(await confirm('', { io, signal }))) throw new NotConfirmed('not-confirmed', 'nothing was moved');
  };
  const around = await surroundingsOf(args, context, engine);
  try {
    const moved: ChannelRequest = {
      ...request,
      tags: args.list('tag'),
      ...(expectCurrent === undefined ? {} : { expectCurrent }),
      onlyTag: args.flag('only-tag'),
      dryRun,
      gates: gatesOf({ smoke: smoke === undefined ? [] : [smoke], checks: args.list('checks') }, engine, context),
      who: env.GITHUB_ACTOR ?? env.USER ?? env.LOGNAME ?? 'somebody',
      registry: registryFlags(args),
      progress: { ...silent, warn: (message) => io.stderr.write(`warning: ${message}\n`) },
      signal,
      onPlan,
    };
    const report = await releaseAndDeploy(engine, moved, around);
    io.stdout.write(json ? `${JSON.stringify(report)}\n` : resultText(report));
    return 0;
  } catch (error) {
    if (codeOf(error) === 'not-confirmed') {
      io.stdout.write('nothing was moved\n');
      return 1;
    }
    throw error;
  }
}
