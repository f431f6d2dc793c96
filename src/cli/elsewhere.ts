import { readdirSync, readFileSync } from 'node:fs';
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
      root: settings.root,
      run: settings.run,
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

/** The monitor of a detached container keeps its user namespace alive; `start` leaves a note in the run folder. */
export function existingNamespace(run: string): { pid: number; startTime: string } | undefined {
  let ids: string[];
  try {
    ids = readdirSync(join(run, 'containers'));
  } catch {
    return undefined;
  }
  for (const id of ids) {
    try {
      const text = readFileSync(join(run, 'containers', id, 'keeper.json'), 'utf8');
      const { pid, startTime } = JSON.parse(text) as { pid: number; startTime: string };
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields[19] === startTime && fields[0] !== 'Z') return { pid, startTime };
    } catch {
      // it has ended
    }
  }
  return undefined;
}

/** The name of the user that runs this process. */
export function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    // an ID without an entry in passwd: ranges may still be given to the number
    return undefined;
  }
}
