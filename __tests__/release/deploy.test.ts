import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type DeployOptions, deploy } from '../../src/release/deploy.ts';
import type { DeployHook } from '../../src/release/deploy-hook.ts';
import type { ReleaseReport } from '../../src/reports.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('deploy');
const TO = `sha256:${'b'.repeat(64)}`;
const REPORT: ReleaseReport = {
  action: 'release',
  channel: 'production',
  repositories: ['ghcr.io/owner/app'],
  toDigest: TO,
  changed: true,
  dryRun: false,
  moves: [],
  gates: [],
  held: false,
};

/** Programs that write down how they were called. */
async function programs(name: string, exit = 0) {
  const bin = join(folder, name);
  await mkdir(bin);
  for (const program of ['kubectl', 'docker']) {
    const text = `#!/bin/sh\necho "${program} $*" >> ${bin}/calls\necho "from ${program}"\nexit ${exit}\n`;
    await writeFile(join(bin, program), text);
    await chmod(join(bin, program), 0o755);
  }
  let output = '';
  const options: DeployOptions = {
    env: { PATH: `${bin}:/usr/bin:/bin` },
    cwd: bin,
    write: (path, text) => writeFile(path, text),
    onOutput: (_, chunk) => {
      output += chunk.toString();
    },
  };
  const calls = async () => (await readFile(join(bin, 'calls'), 'utf8')).trim().split('\n');
  return { bin, options, calls, output: () => output, run: (...hooks: DeployHook[]) => deploy(hooks, REPORT, options) };
}

describe('what was released is deployed by digest', () => {
  test('by kubectl, which waits for the rollout', async () => {
    const { run, calls, output } = await programs('k');
    await run({ kind: 'kubectl', workload: 'deployment/app', container: 'web', namespace: 'shop', timeout: '1m' });
    expect(await calls()).toEqual([
      `kubectl --namespace=shop set image deployment/app web=ghcr.io/owner/app@${TO}`,
      'kubectl --namespace=shop rollout status deployment/app --timeout=1m',
    ]);
    expect(output()).toContain('from kubectl');
  });

  test('by Compose, with an override file that lasts', async () => {
    const { run, calls, bin } = await programs('c');
    await run({ kind: 'compose', service: 'web', file: 'compose.yml' });
    const override = join(bin, 'containerize.web.override.yml');
    expect(await calls()).toEqual([
      `docker compose --file ${bin}/compose.yml --file ${override} up --detach --no-build web`,
    ]);
    expect(await readFile(override, 'utf8')).toContain(`"web":\n    image: "ghcr.io/owner/app@${TO}"`);
  });

  test('by a command that is told by variables', async () => {
    const { run, output } = await programs('s');
    await run({ kind: 'command', command: 'echo "$CONTAINERIZE_ACTION $CONTAINERIZE_CHANNEL $CONTAINERIZE_IMAGE"' });
    expect(output()).toBe(`release production ghcr.io/owner/app@${TO}\n`);
  });
});

describe('a deployment that fails', () => {
  test('says with what, and the rest is not run', async () => {
    const { run, calls } = await programs('f', 7);
    await expect(
      run({ kind: 'kubectl', workload: 'deployment/app', container: '*', timeout: '1m' }),
    ).rejects.toMatchObject({
      code: 'deploy-failed',
      message: expect.stringMatching(/kubectl set image .* ended with 7:\s+from kubectl/),
    });
    expect(await calls()).toHaveLength(1);
  });

  test('for want of the program says so', async () => {
    const { options } = await programs('n');
    const hook: DeployHook = { kind: 'kubectl', workload: 'deployment/app', container: '*', timeout: '1m' };
    await expect(deploy([hook], REPORT, { ...options, env: { PATH: '/nowhere' } })).rejects.toMatchObject({
      code: 'deploy-failed',
      message: expect.stringContaining('was not found'),
    });
  });

  test('ends with all it started when it is interrupted', async () => {
    const { options, bin } = await programs('i');
    const stop = new AbortController();
    const running = deploy([{ kind: 'command', command: `sleep 300 & echo $! > ${bin}/pid; echo up; wait` }], REPORT, {
      ...options,
      onOutput: () => stop.abort(),
      signal: stop.signal,
    });
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    const pid = Number(await readFile(join(bin, 'pid'), 'utf8'));
    // whoever reaps orphans here may not have yet
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State:\tgone');
    expect(status).toMatch(/^State:\s(Z|gone)/m);
  });
});
