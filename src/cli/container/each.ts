import type { Container } from '../../container/container.ts';
import { codeOf, messageOf } from '../../errors.ts';
import type { CommandContext } from '../command.ts';
import { reportError } from '../report-error.ts';

/**
 * Does one thing to each named container, in order, and prints each name (or the text that the deed gave) when it is done. One that fails is reported
 * and the rest is done all the same; the exit code is the first failure's.
 */
export async function eachContainer(
  names: readonly string[],
  context: CommandContext,
  deed: (container: Container) => Promise<unknown>,
  options: { missingIsFine?: boolean } = {},
): Promise<number> {
  const containers = await (await context.engine()).containers();
  let code = 0;
  for (const name of names) {
    try {
      const said = await deed(await containers.get(name));
      context.io.stdout.write(`${typeof said === 'string' ? said : name}\n`);
    } catch (error) {
      if (options.missingIsFine && codeOf(error) === 'no-such-container') {
        context.io.stderr.write(`note: ${messageOf(error)}\n`);
        continue;
      }
      const failure = await reportError(error, context);
      code ||= failure;
      if (context.signal.aborted) break;
    }
  }
  return code;
}
