import type { Engine } from '../pipeline/wire.ts';
import type { CommandContext } from './command.ts';

/** Whom a program is started for, where we are root on his behalf; undefined: we are him. */
export function callerOf(
  { owner }: Pick<CommandContext, 'owner'>,
  engine: Engine,
): { uid: number; gid: number } | undefined {
  const root = process.getuid?.() === 0 && !engine.settings.rootless;
  return root && owner.uid !== 0 ? owner : undefined;
}
