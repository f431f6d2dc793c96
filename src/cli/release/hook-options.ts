import type { Engine } from '../../pipeline/wire.ts';
import type { DeployOptions } from '../../release/deploy.ts';
import { callerOf } from '../caller.ts';
import type { CommandContext } from '../command.ts';
import { replaceProjectFile } from '../user-file.ts';

/** Secrets of the step that a deploy hook has no business with. */
const HIDDEN = /^CONTAINERIZE_(SECRET_\d+|GITHUB_TOKEN)$/;

/** How hooks are run: as whom the command was given, not as the engine, in the folder it was given in. */
export function hookOptions(
  context: CommandContext,
  engine: Engine,
  onOutput: DeployOptions['onOutput'],
): DeployOptions {
  const { env, cwd, home, owner, signal } = context;
  const user = callerOf(context, engine);
  return {
    env: { ...Object.fromEntries(Object.entries(env).filter(([name]) => !HIDDEN.test(name))), HOME: home },
    cwd,
    ...(user === undefined ? {} : { user }),
    write: (path, text) => replaceProjectFile(cwd, path, text, owner),
    onOutput,
    signal,
  };
}
