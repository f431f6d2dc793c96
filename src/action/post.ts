import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import * as core from '@actions/core';
import type { Job, JobReport } from '../cli/job/job.ts';
import { leave } from '../door/leave.ts';
import { messageOf } from '../errors.ts';

/** Longest that clearing away may take; the job waits for it. */
const BUDGET_MS = 60_000;
/** Beside what saving caches may take: starting, and getting the privileges. */
const START_MS = 30_000;

/** The post step: saves caches, forgets logins and takes away what a killed step left. It never fails a job. */
async function cleanUp(): Promise<void> {
  await saveCaches().catch((error) => core.warning(`the build cache could not be saved: ${messageOf(error)}`));
  for (const name of ['docker', 'context']) {
    const folder = core.getState(name);
    if (folder === '' || !isAbsolute(folder)) continue;
    await rm(folder, { recursive: true, force: true }).catch((error) =>
      core.warning(`${folder} could not be removed: ${messageOf(error)}`),
    );
  }
  // the step itself clears up; only when it was killed something may be left
  if (core.getState('running') !== 'true' || process.platform !== 'linux') return;
  const { failure } = await ask({ sweep: true }, BUDGET_MS);
  if (failure === undefined) core.info('what the step left was taken away');
  else core.warning(`what the step left could not be taken away: ${failure}`);
}

/** Builds left their caches to be saved here: the job's own steps do not wait for it. */
async function saveCaches(): Promise<void> {
  const seconds = Number(core.getState('caches'));
  if (!(seconds > 0)) return;
  const { report, failure } = await ask({ saveCaches: { seconds } }, seconds * 1000 + START_MS);
  const { pruneSaved, tellSaved } = await import('./save-caches.ts');
  const around = {
    env: process.env,
    token: core.getInput('github-token') || undefined,
    say: (line: string) => core.info(line),
    warn: (line: string) => core.warning(line),
  };
  if (failure !== undefined) core.warning(`the build cache could not be saved: ${failure}`);
  tellSaved(report?.caches ?? [], around);
  await pruneSaved(report?.caches ?? [], around);
}

/** Has the command line carry out a job, with whatever privileges it can get. */
function ask(job: Job, milliseconds: number): Promise<{ report?: JobReport; failure?: string }> {
  const program = join(dirname(process.argv[1]!), '..', 'cli.js');
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, 'pipeline-run'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: milliseconds,
    });
    let answer = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(JSON.stringify(job));
    child.once('error', (error) => resolve({ failure: messageOf(error) }));
    child.once('close', (code, signal) => {
      const events = answer.split('\n').flatMap(parsed);
      const said = events.find(({ type }) => type === 'error')?.error?.message;
      const report = events.find(({ type }) => type === 'report')?.report;
      const failure = code === 0 ? undefined : (said ?? `it ended with ${signal ?? `exit code ${code}`}`);
      resolve({ ...(report === undefined ? {} : { report }), ...(failure === undefined ? {} : { failure }) });
    });
  });
}

function parsed(line: string): { type?: string; error?: { message: string }; report?: JobReport }[] {
  try {
    return [JSON.parse(line)];
  } catch {
    // cut off, or of nobody
    return [];
  }
}

void cleanUp()
  .catch((error) => core.warning(`clean-up: ${messageOf(error)}`))
  .then(() => process.stdout.write('', () => leave(0)));
