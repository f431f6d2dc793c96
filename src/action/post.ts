import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import * as core from '@actions/core';
import { messageOf } from '../errors.ts';

/** Longest that clearing away may take; the job waits for it. */
const BUDGET_MS = 60_000;

/** The post step: forgets logins and takes away what a killed step left. It never fails a job. */
async function cleanUp(): Promise<void> {
  for (const name of ['docker', 'context']) {
    const folder = core.getState(name);
    if (folder === '' || !isAbsolute(folder)) continue;
    await rm(folder, { recursive: true, force: true }).catch((error) =>
      core.warning(`${folder} could not be removed: ${messageOf(error)}`),
    );
  }
  // the step itself clears up; only when it was killed something may be left
  if (core.getState('running') !== 'true' || process.platform !== 'linux') return;
  const failure = await sweep();
  if (failure === undefined) core.info('what the step left was taken away');
  else core.warning(`what the step left could not be taken away: ${failure}`);
}

/** Has the command line take leftovers away, with whatever privileges it can get; what went wrong, if anything. */
function sweep(): Promise<string | undefined> {
  const program = join(dirname(process.argv[1]!), '..', 'cli.js');
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, 'pipeline-run'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: BUDGET_MS,
    });
    let answer = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    child.stdin.on('error', () => {});
    child.stdin.end('{"sweep":true}');
    child.once('error', (error) => resolve(messageOf(error)));
    child.once('close', (code, signal) => {
      const said = /"type":"error","error":.*?"message":"((?:[^"\\\\]|\\\\.)*)"/.exec(answer)?.[1];
      resolve(code === 0 ? undefined : (said ?? `it ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

void cleanUp()
  .catch((error) => core.warning(`clean-up: ${messageOf(error)}`))
  .then(() => process.exit(0));
