import { rm } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import * as core from '@actions/core';
import { readEnvironment } from '../door/environment.ts';
import { messageOf } from '../errors.ts';
import { engineEnv, runOnEngine } from './engine.ts';
import { ActionsLog } from './log.ts';
import { Timeline } from './timeline.ts';

/** Longest that clearing away may take; the job waits for it. */
const BUDGET_MS = 60_000;

/** The post step: forgets logins and takes away what a killed step left. It never fails a job. */
async function cleanUp(): Promise<void> {
  const environment = readEnvironment();
  for (const name of ['docker', 'context']) {
    const folder = core.getState(name);
    if (folder === '' || !isAbsolute(folder)) continue;
    await rm(folder, { recursive: true, force: true }).catch((error) =>
      core.warning(`${folder} could not be removed: ${messageOf(error)}`),
    );
  }
  // the step itself clears up; only when it was killed something may be left
  if (core.getState('running') !== 'true' || process.platform !== 'linux') return;
  const log = new ActionsLog(
    (text) => process.stdout.write(text),
    new Timeline(),
    (message) => core.warning(message),
  );
  try {
    await runOnEngine(
      { sweep: true },
      {
        environment,
        env: engineEnv(environment.env, {}),
        cwd: '/',
        log,
        debug: environment.debug,
        signal: AbortSignal.timeout(BUDGET_MS),
        onPart: () => {},
      },
    );
    log.line('what the step left was taken away');
  } catch (error) {
    core.warning(`what the step left could not be taken away: ${messageOf(error)}`);
  }
  log.close();
}

void cleanUp().then(
  () => process.exit(0),
  (error) => {
    core.warning(`clean-up: ${messageOf(error)}`);
    process.exit(0);
  },
);
