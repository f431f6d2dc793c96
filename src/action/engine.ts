import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { CommandContext } from '../cli/command.ts';
import { EngineError, EventPlayer, type JobEvent } from '../cli/job/events.ts';
import type { Job, JobReport } from '../cli/job/job.ts';
import { type Environment, engineSettings } from '../door/environment.ts';
import { isInitialRoot, isNamespaceRoot } from '../door/privilege.ts';
import { ActionError } from './error.ts';
import type { ActionsLog } from './log.ts';

export interface EngineRun {
  environment: Environment;
  /** What the engine may know of the environment: no inputs, no command files. */
  env: Record<string, string | undefined>;
  cwd: string;
  log: ActionsLog;
  debug: boolean;
  signal: AbortSignal;
  onPart(report: JobReport): void;
}

/** Carries out a job with the privileges that containers need: here, or in one process that has them. */
export async function runOnEngine(job: Job, run: EngineRun): Promise<JobReport> {
  const initial = isInitialRoot();
  if (initial || isNamespaceRoot()) {
    run.log.line(`privileges: root${initial ? '' : ' of a user namespace'}`);
    return runHere(job, run, !initial);
  }
  return runElsewhere(job, run);
}

/** Variables that an engine gets. Inputs hold secrets, and command files are the runner's ear: neither is its business. */
export function engineEnv(
  env: Readonly<Record<string, string | undefined>>,
  more: Readonly<Record<string, string>>,
): Record<string, string | undefined> {
  const hidden = /^INPUT_|^STATE_|^GITHUB_(OUTPUT|ENV|PATH|STATE|STEP_SUMMARY|ARTIFACTS|TOKEN)$|^NODE_OPTIONS$/;
  return { ...Object.fromEntries(Object.entries(env).filter(([name]) => !hidden.test(name))), ...more };
}

async function runHere(job: Job, run: EngineRun, rootless: boolean): Promise<JobReport> {
  const [{ runJob }, { openEngine }] = await Promise.all([
    import('../cli/job/run-job.ts'),
    import('../pipeline/wire.ts'),
  ]);
  const environment = { ...run.environment, env: run.env, cwd: run.cwd };
  const { root, run: state, ...settings } = engineSettings(environment, {}, { rootless });
  const engine = openEngine({
    ...settings,
    root,
    run: state,
    // what outlives the step is started as the command line
    self: [process.execPath, commandLine(), '--root', root, '--run-root', state],
  });
  const context: CommandContext = {
    io: silentTerminal(),
    env: run.env,
    cwd: run.cwd,
    home: environment.home,
    owner: { uid: environment.uid, gid: environment.gid },
    signal: run.signal,
    engine: () => engine,
  };
  return runJob(job, { context, progress: run.log, onPart: run.onPart });
}

async function runElsewhere(job: Job, run: EngineRun): Promise<JobReport> {
  const [{ climb }, { existingNamespace, userName }] = await Promise.all([
    import('../door/ladder.ts'),
    import('../cli/elsewhere.ts'),
  ]);
  const { uid, gid, home } = run.environment;
  const settings = engineSettings({ ...run.environment, env: run.env }, {}, { rootless: true });
  const player = new EventPlayer(run.log);
  let report: JobReport | undefined;
  let failure: EngineError | undefined;
  const complaints: string[] = [];
  const hear = (event: JobEvent): Promise<void> | void => {
    if (event.type === 'report') report = event.report;
    else if (event.type === 'part') run.onPart(event.report);
    else if (event.type === 'error') failure = new EngineError(event.error);
    else return player.play(event);
  };
  const code = await climb(
    {
      engine: [process.execPath, '--disable-warning=ExperimentalWarning', commandLine(), 'engine'],
      uid,
      gid,
      user: userName(),
      helper: settings.helper,
      root: settings.root,
      run: settings.run,
      only: run.env.CONTAINERIZE_PRIVILEGE || undefined,
      existing: existingNamespace(settings.run),
      log: (line) => {
        // what was tried in vain is in the error, should nothing work
        if (run.debug || !/^privileges: (trying|not) /.test(line)) run.log.line(line);
      },
    },
    {
      words: ['pipeline-run'],
      env: run.env,
      cwd: run.cwd,
      home,
      debug: run.debug,
      isTerminal: { stdin: false, stdout: false, stderr: false },
      size: { columns: 80, rows: 24 },
    },
    {
      stdin: Readable.from([Buffer.from(JSON.stringify(job))], { objectMode: false }),
      stdout: eachLine((line) => hear(JSON.parse(line) as JobEvent)),
      stderr: eachLine((line) => {
        if (complaints.push(line) <= 1000) run.log.line(line);
      }),
      onResize: () => () => {},
      onSignal(listener) {
        const stop = (): void => listener('SIGTERM');
        if (run.signal.aborted) queueMicrotask(stop);
        run.signal.addEventListener('abort', stop, { once: true });
        return () => run.signal.removeEventListener('abort', stop);
      },
      setRawMode: () => {},
      size: () => ({ columns: 80, rows: 24 }),
    },
  );
  if (failure !== undefined) throw failure;
  if (report !== undefined && code === 0) return report;
  run.signal.throwIfAborted();
  throw new ActionError('engine-lost', `the engine ended with exit code ${code} and no answer`, {
    hint: complaints.length > 0 ? complaints.slice(-5).join('\n') : 'run the job again with debug logging',
  });
}

/** The bundled command line beside this bundle, or its sources. */
function commandLine(): string {
  const here = dirname(process.argv[1]!);
  const candidates = [join(here, '..', 'cli.js'), join(here, '..', 'cli', 'entry.ts')];
  return candidates.find((path) => existsSync(path)) ?? candidates[0]!;
}

function silentTerminal(): CommandContext['io'] {
  const sink = () => new PassThrough().resume();
  return {
    stdin: Readable.from([], { objectMode: false }),
    stdout: sink(),
    stderr: sink(),
    isTerminal: { stdin: false, stdout: false, stderr: false },
    inheritable: false,
    size: () => ({ columns: 80, rows: 24 }),
    onResize: () => () => {},
    setRawMode: () => {},
    onSignal: () => () => {},
  };
}

/**
 * Lines of an engine: a report in one of them may have megabytes, and characters are cut between chunks. The engine is
 * not heard further before a promise of `onLine` is kept.
 */
export function eachLine(onLine: (line: string) => Promise<void> | void): Writable {
  const decoder = new StringDecoder();
  let begun: string[] = [];
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const [first = '', ...more] = decoder.write(chunk).split('\n');
      begun.push(first);
      let room: Promise<void> | undefined;
      for (const next of more) {
        const line = begun.join('');
        begun = [next];
        if (line !== '') room = (onLine(line) as Promise<void> | undefined) ?? room;
      }
      if (room === undefined) done();
      else void room.then(() => done());
    },
  });
}
