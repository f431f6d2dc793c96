import { engineSettings, readEnvironment } from '../door/environment.ts';
import { leave } from '../door/leave.ts';
import { parseArguments } from './arguments.ts';
import type { Arguments, Command, CommandContext } from './command.ts';
import { ENTRIES } from './commands/index.ts';
import { dispatch, findCommand } from './dispatch.ts';
import { EXIT } from './exit-code.ts';
import { reportError } from './report-error.ts';
import { GLOBAL_OPTIONS } from './settings.ts';
import { localTerminal } from './terminal.ts';

/** The terminal door: reads the flags before the command, finds the command, and runs it where it has the privileges it needs. */
export async function main(argv: readonly string[]): Promise<void> {
  const environment = readEnvironment();
  const interrupt = new AbortController();
  const io = localTerminal(interrupt);
  let debug = environment.debug;
  let code: number;
  try {
    const [globals, words] = splitGlobals(argv);
    debug ||= globals.flag('debug');
    code = await run(globals, words);
  } catch (error) {
    code = await reportError(error, { io, env: environment.env, signal: interrupt.signal }, { debug });
  }
  await io.flush();
  leave(exitCode(code, io.endedBy()));

  async function run(globals: Arguments, words: readonly string[]): Promise<number> {
    if (globals.flag('version')) {
      const { version } = await import('./version.ts');
      io.stdout.write(`containerize ${version}\n`);
      return 0;
    }
    const first = words[0];
    if (first === 'engine') {
      const { serveEngine } = await import('./engine.ts');
      return serveEngine(environment);
    }
    if (first === 'completion' || first === '__complete') {
      const { runCompletion } = await import('./completion.ts');
      return runCompletion(words, ENTRIES, io);
    }
    const help = first === undefined || first === 'help';
    if (help && words[1] === undefined) {
      const { programHelp } = await import('./help.ts');
      io.stdout.write(programHelp(ENTRIES, GLOBAL_OPTIONS));
      return 0;
    }
    const found = findCommand(ENTRIES, help ? [...words.slice(1), '--help'] : words);
    if ('group' in found) {
      const { groupHelp } = await import('./help.ts');
      io.stdout.write(groupHelp(found.group, ENTRIES));
      return 0;
    }
    const { entry, rest } = found;
    const overrides = { root: globals.string('root'), run: globals.string('run-root') };
    // help needs no privileges; a flag of the container's own may look like one, which costs nothing
    const light = entry.unprivileged || (rest.length === 1 && (rest[0] === '--help' || rest[0] === '-h'));
    const { isInitialRoot, isNamespaceRoot } = await import('../door/privilege.ts');
    const initial = isInitialRoot();
    if (!light && !initial && !isNamespaceRoot()) {
      const { runElsewhere } = await import('./elsewhere.ts');
      return runElsewhere({ environment, overrides, words: [...entry.name.split(' '), ...rest], io, debug });
    }
    const context: CommandContext = {
      io,
      env: environment.env,
      cwd: environment.cwd,
      home: environment.home,
      owner: { uid: environment.uid, gid: environment.gid },
      signal: interrupt.signal,
      engine: async () => {
        const { openEngine } = await import('../pipeline/wire.ts');
        return openEngine(engineSettings(environment, overrides, { rootless: !initial }));
      },
    };
    return dispatch(entry, rest, context, { debug });
  }
}

/**
 * The signal's own code for what it interrupted, whatever broke first in the teardown; a reader that left is no failure
 * of the work.
 */
function exitCode(code: number, endedBy: number | undefined): number {
  if (endedBy === undefined || (endedBy === EXIT.done && code === EXIT.brokenPipe)) return code;
  return code === EXIT.done && endedBy !== EXIT.inputOutput ? code : endedBy;
}

/** Reads the flags before the first word; that word and everything after it belong to the command. */
function splitGlobals(argv: readonly string[]): [Arguments, readonly string[]] {
  const globals: Command = {
    name: '',
    summary: '',
    usage: '[OPTIONS] COMMAND',
    options: GLOBAL_OPTIONS,
    stopAtFirstArgument: true,
    examples: [],
    run: async () => 0,
  };
  const parsed = parseArguments(globals, argv);
  if (parsed.help) return splitGlobals(['help']);
  return [parsed.arguments, parsed.arguments.positional];
}
