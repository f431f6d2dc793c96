import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type Environment, engineSettings } from '../door/environment.ts';
import { climb } from '../door/ladder.ts';
import type { Terminal } from './command.ts';

export interface ElsewhereOptions {
  environment: Environment;
  overrides: { root?: string | undefined; run?: string | undefined };
  words: readonly string[];
  io: Terminal;
  debug: boolean;
}

/** Runs a command in an engine with more privileges than this process has. */
export async function runElsewhere({ environment, overrides, words, io, debug }: ElsewhereOptions): Promise<number> {
  const settings = engineSettings(environment, overrides, { rootless: true });
  const { env, cwd, home, uid, gid } = environment;
  return climb(
    {
      engine: [process.execPath, ...process.execArgv, process.argv[1]!, 'engine'],
      uid,
      gid,
      user: userName(),
      helper: settings.helper,
      only: env.CONTAINERIZE_PRIVILEGE || undefined,
      existing: existingNamespace(settings.run),
      log: (line) => debug && io.stderr.write(`${line}\n`),
    },
    {
      words,
      env,
      cwd,
      home,
      ...(overrides.root === undefined ? {} : { root: overrides.root }),
      ...(overrides.run === undefined ? {} : { run: overrides.run }),
      debug,
      isTerminal: { stdin: io.isTerminal.stdin, stdout: io.isTerminal.stdout, stderr: io.isTerminal.stderr },
      size: io.size(),
    },
    io,
  );
}

/** A detached container's monitor keeps its user namespace alive; `start` writes down which. */
function existingNamespace(run: string): { pid: number; startTime: string } | undefined {
  try {
    const { pid, startTime } = JSON.parse(readFileSync(join(run, 'user-namespace.json'), 'utf8')) as {
      pid: number;
      startTime: string;
    };
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] === startTime ? { pid, startTime } : undefined;
  } catch {
    return undefined;
  }
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    // an ID without an entry in passwd: ranges may still be given to the number
    return undefined;
  }
}
