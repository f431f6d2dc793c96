import { acceptDoor } from '../door/engine-side.ts';
import { type Environment, engineSettings } from '../door/environment.ts';
import { isInitialRoot, isNamespaceRoot } from '../door/privilege.ts';
import type { CommandContext, Terminal } from './command.ts';
import { ENTRIES } from './commands/index.ts';
import { dispatch, findCommand } from './dispatch.ts';
import { reportError } from './report-error.ts';

/** How long the teardown may take once the door is gone or asked for the end. */
const TEARDOWN_MS = 20_000;

/**
 * The hidden `engine` command: a door started us with more privileges. Everything comes and goes through descriptors
 * 0 to 2; the end of stdin means that the door is gone, and whatever runs is torn down.
 */
export async function serveEngine(own: Environment): Promise<number> {
  const door = await acceptDoor(process.stdin, process.stdout);
  const { request } = door;
  const interrupt = new AbortController();
  const end = (): void => {
    if (!interrupt.signal.aborted) interrupt.abort();
    setTimeout(() => process.exit(137), TEARDOWN_MS).unref();
  };
  const works = request.rung === 'sudo' ? isInitialRoot() : isNamespaceRoot();
  if (!works) {
    door.say({ hello: true, refusal: refusalOf(request.rung) });
    await door.flush();
    return 1;
  }
  door.say({ hello: true });
  void door.gone.then(end);
  const environment: Environment = { ...own, env: request.env, cwd: request.cwd, home: request.home };
  const io = terminalOf(door, interrupt, end);
  const code = await run();
  for (const stream of [door.stdout, door.stderr])
    await new Promise<void>((resolve) => stream.write('', () => resolve()));
  door.say({ exit: code });
  await door.flush();
  return code;

  async function run(): Promise<number> {
    try {
      const found = findCommand(ENTRIES, request.words);
      if ('group' in found) return 1;
      const context: CommandContext = {
        io,
        env: request.env,
        cwd: request.cwd,
        home: request.home,
        owner: request.owner,
        signal: interrupt.signal,
        engine: async () => {
          const { openEngine } = await import('../pipeline/wire.ts');
          const settings = engineSettings(environment, request, { rootless: request.rung === 'userns' });
          return openEngine({ ...settings, owner: request.owner });
        },
      };
      return await dispatch(found.entry, found.rest, context, { debug: request.debug });
    } catch (error) {
      return await reportError(error, { io, env: request.env, signal: interrupt.signal }, { debug: request.debug });
    }
  }
}

function terminalOf(
  door: Awaited<ReturnType<typeof acceptDoor>>,
  interrupt: AbortController,
  end: () => void,
): Terminal {
  let forwarded = 0;
  door.onSignal((signal) => {
    if (forwarded > 0 || (signal !== 'SIGINT' && signal !== 'SIGTERM' && signal !== 'SIGHUP')) return;
    if (interrupt.signal.aborted) process.exit(130);
    end();
  });
  return {
    stdin: door.stdin,
    stdout: door.stdout,
    stderr: door.stderr,
    isTerminal: door.request.isTerminal,
    inheritable: false,
    size: door.size,
    onResize: door.onResize,
    setRawMode: (on) => door.say({ rawMode: on }),
    onSignal(listener) {
      forwarded++;
      const stop = door.onSignal(listener);
      return () => {
        forwarded--;
        stop();
      };
    },
  };
}

function refusalOf(rung: 'sudo' | 'userns'): string {
  return rung === 'sudo'
    ? 'sudo gave a root that may not mount (it lacks CAP_SYS_ADMIN, or is root of a user namespace only)'
    : 'the user namespace gives no capabilities (AppArmor or SELinux takes them away)';
}
